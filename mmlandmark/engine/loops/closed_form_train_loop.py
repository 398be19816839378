"""The training loop of models that are fitted instead of trained step by step."""

from __future__ import annotations

from mmengine.runner import EpochBasedTrainLoop
from mmpose.registry import LOOPS
from torch.utils.data import DataLoader


@LOOPS.register_module()
class ClosedFormTrainLoop(EpochBasedTrainLoop):
    """One epoch without steps: hooks fit the model, then it is validated and saved.

    Args:
        runner: The runner.
        dataloader: The training data, of which hooks read the data set.
        val_begin: Accepted so that a config can change its loop and nothing else.
        val_interval: Accepted likewise.
        max_epochs: Accepted likewise; at least one.
    """

    #: No batch is ever formed, so the batch size may be larger than the data set.
    takes_steps = False

    def __init__(
        self,
        runner: object,
        dataloader: DataLoader | dict,
        max_epochs: int = 1,
        val_begin: int = 1,
        val_interval: int = 1,
    ) -> None:
        super().__init__(runner, dataloader, max_epochs=min(max_epochs, 1))

    def run_epoch(self) -> None:
        """Call the hooks of an epoch; there is nothing to iterate over."""
        self.runner.call_hook('before_train_epoch')
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1
