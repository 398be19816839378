# A schema of the user's own: face49.py beside this file, found from any working directory.
# The pairs: MMLANDMARK_PAIRS=pairs.json python tools/train.py this_file.py
_base_ = [
    '../../_base_/datasets/pairs.py',
    '../../_base_/models/converter_residual.py',
    '../../_base_/schedules/converter.py',
]
schemas = dict(source_schema='face68', target_schema='{{fileDirname}}/face49.py')
train_dataloader = dict(dataset=schemas)
val_dataloader = dict(dataset=schemas)
test_dataloader = dict(dataset=schemas)
model = schemas
