_base_ = [
    '../_base_/datasets/pairs.py',
    '../_base_/models/converter_residual.py',
    '../_base_/schedules/converter.py',
]
model = dict(
    source_schema='{{$MMLANDMARK_SOURCE:face68}}', target_schema='{{$MMLANDMARK_TARGET:face48}}'
)
