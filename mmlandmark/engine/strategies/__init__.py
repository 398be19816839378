"""Strategies of MMEngine's ``FlexibleRunner``, registered in its ``STRATEGIES``."""

from mmlandmark.engine.strategies.sharded_strategy import ShardedStrategy

__all__ = ['ShardedStrategy']
