"""Mend the known defects of the OpenMMLab stack on current Python, torch and numpy.

Nothing outside this folder knows about those defects. One file mends one of them; it looks for
the defect first and leaves a healthy stack alone, so that each file can be deleted one day
(``docs/compat.md`` says when). :func:`.amp.use_amp` and :mod:`.distributed` act only when called,
by ``tools/train.py`` and ``tools/test.py``, and :mod:`.coco_metric` by the evaluators.
"""

from __future__ import annotations

import functools


@functools.cache
def apply() -> dict[str, bool]:
    """Mend what is broken, once; later calls change nothing.

    Returns:
        The name of each repair and whether it was needed here.
    """
    from mmlandmark.compat import (
        amp,
        bfloat16,
        checkpoint,
        config_scope,
        flip_maps,
        inference,
        loader_workers,
        metrics_log,
        mmcv_ops,
        mmpretrain,
        package_utils,
        udp_codec,
        visualizer,
        xtcocotools,
    )

    return {
        # Order matters: mmcv.ops must import before anything of MMDetection or MMPose does.
        'package_utils': package_utils.fix_package_utils(),
        'mmcv_ops': mmcv_ops.fix_mmcv_ops(),
        'xtcocotools': xtcocotools.fix_xtcocotools(),
        'config_scope': config_scope.fix_config_scope(),
        'checkpoint': checkpoint.fix_checkpoint_loading(),
        'amp': amp.register_cpu_wrapper(),
        'bfloat16': bfloat16.fix_to_numpy(),
        'mmpretrain': mmpretrain.fix_mmpretrain(),
        'udp_codec': udp_codec.fix_udp_codec(),
        'flip_maps': flip_maps.fix_flip_maps(),
        'metrics_log': metrics_log.fix_metrics_log(),
        'visualizer': visualizer.fix_visualizer(),
        'inference': inference.fix_inference(),
        'loader_workers': loader_workers.fix_loader_workers(),
    }
