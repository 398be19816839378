_base_ = [
    '../_base_/datasets/pairs.py',
    '../_base_/models/converter_affine.py',
    '../_base_/schedules/closed_form.py',
]
model = dict(
    source_schema='{{$MMLANDMARK_SOURCE:face68}}', target_schema='{{$MMLANDMARK_TARGET:face48}}'
)
