"""Scaling of a network's inputs and outputs, against the settings' own statement: limits go to limits."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import ParameterError

PROCESSING = "neural/Processing Functions/"
RANGE = {"xmin": "[-2;10]", "xmax": "[6;20]", "ymin": "-1", "ymax": "1"}
MOMENTS = {"xmean": "[1;-3]", "xstd": "[2;0.5]", "ymean": "7", "ystd": "4"}


def test_the_range_of_the_data_goes_to_the_range_that_is_wanted() -> None:
    x = np.array([[-2.0, 10.0], [6.0, 20.0], [2.0, 15.0], [10.0, 30.0]])
    y = one_block(PROCESSING + "mapminmax", [x], exact=True, **RANGE)
    np.testing.assert_array_equal(y, [[-1, -1], [1, 1], [0, 0], [2, 3]])
    np.testing.assert_array_equal(one_block(PROCESSING + "mapminmax_reverse", [y], exact=True, **RANGE), x)


def test_mean_and_deviation_go_to_those_that_are_wanted() -> None:
    x = np.array([[1.0, -3.0], [3.0, -2.5], [-1.0, -4.0]])
    y = one_block(PROCESSING + "mapstd", [x], exact=True, **MOMENTS)
    np.testing.assert_array_equal(y, [[7, 7], [11, 11], [3, -1]])
    np.testing.assert_array_equal(one_block(PROCESSING + "mapstd_reverse", [y], exact=True, **MOMENTS), x)


def test_a_setting_that_is_not_in_the_file_is_not_guessed() -> None:
    with pytest.raises(ParameterError, match="m/block: parameter xmax: is not written in the file"):
        one_block(PROCESSING + "mapminmax", [[1.0]], xmin="0")
