"""Graph convolutions over the skeleton."""

from __future__ import annotations

import numpy as np
import torch
from pair_batches import SOURCE, TARGET

from mmlandmark.models.converters.networks.graph import normalized_adjacency
from models.converters.networks.test_networks import batch, build


def test_two_points_that_change_places_change_the_result():
    network = build('gnn').eval()
    points, visible = batch()[0], torch.ones(8, 6, dtype=torch.bool)
    for pair in ((0, 1), (3, 4), (2, 5)):
        order = list(range(6))
        order[pair[0]], order[pair[1]] = pair[1], pair[0]
        change = network(points[:, order], visible) - network(points, visible)
        assert float(change.abs().amax((1, 2)).min()) > 1e-4


def test_the_network_knows_which_points_were_filled_in():
    network = build('gnn').eval()
    points, visible = batch()[0], torch.ones(8, 6, dtype=torch.bool)
    hidden = visible.clone()
    hidden[:, 2] = False
    assert float((network(points, hidden) - network(points, visible)).abs().max()) > 1e-5


def test_the_adjacency_is_that_of_the_skeleton():
    matrix = normalized_adjacency(SOURCE)
    np.testing.assert_allclose(matrix, matrix.T)
    links = {tuple(sorted((SOURCE.index(a), SOURCE.index(b)))) for a, b in SOURCE.skeleton}
    found = {(i, j) for i, j in zip(*np.nonzero(matrix), strict=True) if i < j}
    assert found == links
    degree = (matrix > 0).sum(1)
    i, j = SOURCE.index('nose'), SOURCE.index('chin')
    np.testing.assert_allclose(matrix[i, j], 1 / np.sqrt(degree[i] * degree[j]))
    # symmetric normalisation has no eigenvalue beyond one: layers do not blow features up
    assert np.abs(np.linalg.eigvalsh(matrix)).max() < 1 + 1e-9


def test_a_schema_without_links_is_one_connected_graph():
    np.testing.assert_allclose(normalized_adjacency(TARGET), np.full((4, 4), 0.25))
