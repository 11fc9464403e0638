"""One layer object of MATLAB's, ``nnet.cnn.layer.LSTMLayer`` and its kin, as a layer of ours.

Only the classes of the table below are computed. Any other, and any option that is not understood, becomes an
`UnknownLayer` whose `Kind` says what it is: a network with one can be looked at, not run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.errors import NetworkError
from bridge.files import matlab_layer_fields as fields
from bridge.files import matlab_time_layers as over_time
from bridge.files.mat_objects import MatObject
from bridge.files.matlab_layer_fields import Array, Unreadable
from bridge.network import LAYERS, Layer, UnknownLayer

__all__ = ["CLASSES", "PACKAGE", "layer"]

PACKAGE = "nnet.cnn.layer."
Given = dict[str, Any]
Fields = Mapping[str, Any]


def _sequence_input(found: Fields) -> Given:
    return {**_feature_input(found), "MinLength": fields.number(found.get("MinLength")) or 1}


def _feature_input(found: Fields) -> Given:
    given: Given = {"InputSize": fields.size(found.get("InputSize"), "InputSize")}
    if fields.text(found.get("NormalizationDimension")):
        given["NormalizationDimension"] = fields.text(found["NormalizationDimension"])
    if fields.flag(found.get("SplitComplexInputs")):
        raise Unreadable("SplitComplexInputs")
    return {**given, **fields.normalization(found.get("Normalization"))}


def _recurrent(found: Fields) -> Given:
    given: Given = {
        "NumHiddenUnits": fields.size(found.get("NumHiddenUnits"), "NumHiddenUnits"),
        "InputSize": fields.size(found.get("InputSize"), "InputSize"),
        "HasStateInputs": fields.flag(found.get("HasStateInputs")),
        "HasStateOutputs": fields.flag(found.get("HasStateOutputs")),
    }
    if not fields.is_empty(found.get("ReturnSequence")):
        given["OutputMode"] = "sequence" if fields.flag(found["ReturnSequence"]) else "last"
    for name in ("OutputMode", "StateActivationFunction", "GateActivationFunction", "ResetGateMode"):
        if fields.text(found.get(name)):
            given[name] = fields.text(found[name])
    for name in ("HiddenState", "CellState"):
        given |= _states(found, name, given)
    return given


def _states(found: Fields, name: str, given: Given) -> Given:
    """The state when saved and the state after a reset; the latter alone where a whole mini-batch's was saved."""
    saved, reset = (fields.array(found.get(each), each) for each in (name, f"Initial{name}"))
    states: Given = {}
    if saved is not None and saved.ndim == 2 and saved.shape[1] > 1 and (saved != saved[:, :1]).any():
        saved = None
    for each, value in ((name, saved), (f"Initial{name}", reset)):
        if value is not None:
            states[each] = value[:, :1] if value.ndim == 2 and value.shape[1] > 1 else value.reshape(-1, 1)
    return states


def _projected(found: Fields) -> Given:
    given = _recurrent(found)
    for name, side in (("InputProjector", "InputProjectorSize"), ("OutputProjector", "OutputProjectorSize")):
        given[side] = fields.size(found.get(side), side)
        held = fields.array(found.get(name), name)
        if given[side] is None and held is not None:
            given[side] = held.shape[1]
    return given


def _dense(found: Fields) -> Given:
    weights = fields.dense_weights(found.get("Weights"))
    given: Given = {"OutputSize": fields.size(found.get("OutputSize"), "OutputSize")}
    if weights is not None:
        return {"OutputSize": weights.shape[0], "InputSize": weights.shape[1], "Weights": weights}
    return given


def _scaled(found: Fields) -> Given:
    given: Given = {"NumChannels": fields.size(found.get("NumChannels"), "NumChannels")}
    for name in ("Epsilon", "MeanDecay", "VarianceDecay"):
        if not fields.is_empty(found.get(name)):
            given[name] = fields.number(found[name])
    for name in ("TrainedMean", "TrainedVariance"):
        held = fields.column(found.get(name), name)
        if held is not None:
            given[name] = held
    return given


def _layer_normalization(found: Fields) -> Given:
    # Layers saved before the option existed (R2023a) took their statistics over time too.
    return {**_scaled(found), "OperationDimension": fields.text(found.get("OperationDimension")) or "batch-excluded"}


def _dropout(found: Fields) -> Given:
    return {"Probability": fields.number(found.get("Probability", found.get("Fraction")))}


def _joining(found: Fields) -> Given:
    inputs = fields.number(found.get("NumInputs"))
    return {"NumInputs": int(inputs) if inputs else len(fields.texts(found.get("InputNames"))) or 2}


def _concatenation(found: Fields) -> Given:
    dimension = fields.number(found.get("Dim", found.get("ConcatenationAxis")))
    return {**_joining(found), **({} if dimension is None else {"Dim": dimension})}


def _regression(found: Fields) -> Given:
    return {"ResponseNames": fields.texts(found.get("ResponseNames"))}


def _classification(found: Fields) -> Given:
    names = (fields.texts(found.get(each)) for each in ("Categories", "Classes", "ClassNames"))
    labels = next((each for each in names if each and each != ("auto",)), ())
    return {"Classes": labels}


def _nothing(found: Fields) -> Given:
    return {}


def _text(found: Fields, *names: str) -> Given:
    return {name: fields.text(found[name]) for name in names if fields.text(found.get(name))}


def _scaling(found: Fields) -> Given:
    return {name: fields.column(found.get(name), name) for name in ("Scale", "Bias")}


def _group_normalization(found: Fields) -> Given:
    groups = found.get("NumGroups")
    return {**_scaled(found), "NumGroups": fields.text(groups) or fields.number(groups)}


_SCALE = "Scale"
_STATES = ("HiddenState", "CellState", "InitialHiddenState", "InitialCellState")
_ELSEWHERE = {f"rl.layer.{name}Layer": f"{name}Layer" for name in ("Scaling", "Softplus")}
CLASSES: dict[str, tuple[str, Callable[[Fields], Given]]] = {
    "SequenceInputLayer": ("sequenceInputLayer", _sequence_input),
    "FeatureInputLayer": ("featureInputLayer", _feature_input),
    # An image all of whose sides but one are 1 is a vector of features, as networks were built before R2020b.
    "ImageInputLayer": ("featureInputLayer", _feature_input),
    "LSTMLayer": ("lstmLayer", _recurrent),
    "BiLSTMLayer": ("bilstmLayer", _recurrent),
    "GRULayer": ("gruLayer", _recurrent),
    "LSTMProjectedLayer": ("lstmProjectedLayer", _projected),
    "FullyConnectedLayer": ("fullyConnectedLayer", _dense),
    "DropoutLayer": ("dropoutLayer", _dropout),
    "ReLULayer": ("reluLayer", _nothing),
    "LeakyReLULayer": ("leakyReluLayer", lambda found: {_SCALE: fields.number(found.get(_SCALE))}),
    "TanhLayer": ("tanhLayer", _nothing),
    "SigmoidLayer": ("sigmoidLayer", _nothing),
    "SoftmaxLayer": ("softmaxLayer", _nothing),
    "LayerNormalizationLayer": ("layerNormalizationLayer", _layer_normalization),
    "BatchNormalizationLayer": ("batchNormalizationLayer", _scaled),
    "FlattenLayer": ("flattenLayer", _nothing),
    "ELULayer": ("eluLayer", lambda found: {"Alpha": fields.number(found.get("Alpha"))}),
    "SwishLayer": ("swishLayer", _nothing),
    "GELULayer": ("geluLayer", lambda found: _text(found, "Approximation")),
    "ClippedReLULayer": ("clippedReluLayer", lambda found: {"Ceiling": fields.number(found.get("Ceiling"))}),
    "SoftplusLayer": ("softplusLayer", _nothing),
    "PReLULayer": ("preluLayer", lambda found: {"Alpha": fields.column(found.get("Alpha"), "Alpha")}),
    "IdentityLayer": ("identityLayer", _nothing),
    "ScalingLayer": ("scalingLayer", _scaling),
    "InstanceNormalizationLayer": ("instanceNormalizationLayer", _scaled),
    "GroupNormalizationLayer": ("groupNormalizationLayer", _group_normalization),
    "AdditionLayer": ("additionLayer", _joining),
    "MultiplicationLayer": ("multiplicationLayer", _joining),
    "ConcatenationLayer": ("concatenationLayer", _concatenation),
    # Along the channels, which for sequences of vectors is what dimension 1 of a concatenation layer is.
    "DepthConcatenationLayer": ("concatenationLayer", _joining),
    **over_time.CLASSES,
    "RegressionOutputLayer": ("regressionLayer", _regression),
    "ClassificationOutputLayer": ("classificationLayer", _classification),
}
"""MATLAB's class, without its package -> our type, and what turns its fields into options and arrays."""


def layer(thing: MatObject, inputs: tuple[str, ...] = ("in",), outputs: tuple[str, ...] = ("out",)) -> Layer:
    """The layer that an object is; `inputs` and `outputs` are the ports that connections name, for unknown ones."""
    name = fields.text(thing.get("Name"))
    short = thing.class_name.removeprefix(PACKAGE)
    short = _ELSEWHERE.get(thing.class_name, short)
    if short not in CLASSES:
        return _unknown(thing.class_name, name, thing, inputs, outputs)
    kind, convert = CLASSES[short]
    try:
        cls = LAYERS[kind]
        absent = {name for name in _STATES if name.removeprefix("Initial") not in cls.state_names}
        given = {key: value for key, value in convert(thing.fields).items() if value is not None and key not in absent}
        arrays, quiet = _learnables(cls, thing.fields, given)
        try:
            return cls(Name=name, **{**given, **arrays, **quiet})
        except NetworkError:
            return cls(Name=name, **{**given, **arrays})  # factors and initializers do not matter to predictions
    except Unreadable as error:
        return _unknown(f"{thing.class_name} with {error}", name, thing, inputs, outputs)
    except NetworkError as error:
        return _unknown(f"{thing.class_name} whose {error.cause}", name, thing, inputs, outputs)


def _learnables(kind: type[Layer], found: Fields, given: Given) -> tuple[dict[str, Array], Given]:
    arrays: dict[str, Array] = {}
    quiet: Given = {}
    for name in kind.learnable_names:
        if name not in given:
            vector = name in ("Bias", "Scale", "Offset")
            held = fields.column(found.get(name), name) if vector else fields.array(found.get(name), name)
            if held is not None:
                arrays[name] = held
        stem = name if f"{name}LearnRateFactor" in kind.declared else name.removesuffix("s")
        options = fields.learnable(found.get(name), name, stem)
        quiet |= {option: value for option, value in options.items() if option in kind.declared}
    return arrays, quiet


def _unknown(kind: str, name: str, thing: MatObject, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> UnknownLayer:
    properties = {key: value for key, value in thing.fields.items() if key != "Name"}
    return UnknownLayer(kind, Name=name, InputNames=inputs, OutputNames=outputs, properties=properties)
