"""A checkpoint that does not fit a model stops the run, of which MMEngine only logs a line."""

from __future__ import annotations

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from models.small_training import estimator, head_config, labelled, start  # noqa: E402

from mmlandmark.engine.checkpoint_check import CheckpointCheckHook  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402


@pytest.fixture
def runner(tmp_path) -> Runner:
    """Trains MMPose's own head, which says nothing of what it loads."""
    head = head_config('HeatmapHead')
    return start(tmp_path / 'run', estimator(head), labelled(head))


def save(runner: Runner, file, **changes: torch.Tensor | None) -> None:
    state = {f'module.{key}': v.clone() for key, v in runner.model.state_dict().items()}
    for key, value in changes.items():
        del state[f'module.{key}']
        if value is not None:
            state[f'module.{key}'] = value
    torch.save(dict(state_dict=state, meta={}), file)


def load(runner: Runner, file, whole: bool) -> None:
    runner._hooks[:] = [hook for hook in runner._hooks if type(hook) is not CheckpointCheckHook]
    runner.register_hook(CheckpointCheckHook(whole))
    runner._load_from, runner._has_loaded = str(file), False
    runner.load_or_resume()


@pytest.mark.parametrize('whole', [True, False])
def test_what_fits_is_loaded(runner, tmp_path, whole):
    weight = torch.full_like(runner.model.head.final_layer.weight, 0.25)
    save(runner, tmp_path / 'all.pth', **{'head.final_layer.weight': weight})
    load(runner, tmp_path / 'all.pth', whole)
    assert runner.model.head.final_layer.weight.equal(weight)
    assert not runner.model._load_state_dict_post_hooks  # nothing stays behind


@pytest.mark.parametrize(
    ('value', 'told'),
    [
        (None, r'1 of \d+ weights are missing, the first is head.final_layer.bias$'),
        (torch.zeros(5), r'1 weights are of other shapes, .*layer.bias: \(5,\), expected \(17,\)$'),
    ],
)
def test_a_test_needs_every_weight_and_a_training_does_not(runner, tmp_path, value, told):
    save(runner, tmp_path / 'some.pth', **{'head.final_layer.bias': value})
    with pytest.raises(LandmarkError, match=f'some.pth: does not fit the config: {told}'):
        load(runner, tmp_path / 'some.pth', whole=True)
    load(runner, tmp_path / 'some.pth', whole=False)


@pytest.mark.parametrize('whole', [True, False])
def test_weights_of_something_else_are_told(runner, tmp_path, whole):
    torch.save(dict(state_dict={'converter.weight': torch.zeros(3)}), tmp_path / 'other.pth')
    with pytest.raises(LandmarkError, match=r'other.pth: .* it holds no weights of the model$'):
        load(runner, tmp_path / 'other.pth', whole)


def test_weights_of_mmpose_before_1_are_renamed_before_they_are_compared(runner, tmp_path):
    state = runner.model.state_dict()
    old = {key.replace('head.', 'keypoint_head.', 1): value + 1 for key, value in state.items()}
    torch.save(dict(state_dict=old), tmp_path / 'old.pth')
    before = runner.model.head.final_layer.bias.detach().clone()
    load(runner, tmp_path / 'old.pth', whole=True)
    torch.testing.assert_close(runner.model.head.final_layer.bias.detach(), before + 1)


def test_inference_loads_weights_of_mmpose_before_1(runner):
    from mmlandmark.apis.load_model import load_weights

    state = runner.model.state_dict()
    old = {key.replace('head.', 'keypoint_head.', 1): value + 1 for key, value in state.items()}
    before = runner.model.head.final_layer.bias.detach().clone()
    load_weights(runner.model, dict(state_dict=old), 'old.pth', 'config.py')
    torch.testing.assert_close(runner.model.head.final_layer.bias.detach(), before + 1)


def test_the_tools_compare(tmp_path):
    """``mmlandmark test CONFIG CHECKPOINT`` of a converter for a detector, say."""
    from mmlandmark.apis import launch

    class Stop(Exception):
        pass

    class Run:
        cfg = Config(dict())
        registered: list[CheckpointCheckHook] = []
        test_dataloader = type('Loader', (), dict(dataset=[1]))

        def register_hook(self, hook: CheckpointCheckHook) -> None:
            self.registered.append(hook)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr('mmlandmark.engine.schema_check.check_runner', lambda *args: None)
        launch.check_testing(Run())
    assert [hook.whole for hook in Run.registered] == [True]
