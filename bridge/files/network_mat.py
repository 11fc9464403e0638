"""Networks as plain structures in a .mat file, which MATLAB and Octave open without any toolbox.

The file (version 7) holds one variable, by default called ``network``, a 1 x 1 structure:

================  =====================================================================================================
``format``        char ``'bridge network'``
``version``       double 1
``layers``        cell, N x 1, of 1 x 1 structures, one a layer, in the network's order
``connections``   cell, M x 2, of char: source and destination. A port is written ``name/port``, as in the toolbox's
                  own table of connections; a layer's only port goes without: ``'lstm'``, ``'addition/in2'``
================  =====================================================================================================

Each layer's structure has ``Type``, the toolbox's function that makes such a layer (``'lstmLayer'``), ``Name``, and
beside them fields under the toolbox's own property names:

=====================  ================================================================================================
options                sizes double 1 x 1 (``InputSize``, ``NumHiddenUnits``, ``OutputSize``); choices char
                       (``OutputMode``, ``StateActivationFunction``); flags logical; labels (``Classes``) a cell column
                       of char. All that the layer has, except that learn rate factors, L2 factors and initializers
                       (``InputWeightsLearnRateFactor``, ``BiasInitializer``) stand there only where they are not the
                       toolbox's defaults. Factors per gate are a row.
learnables             single or double, as the network has them: ``InputWeights``, ``RecurrentWeights``, ``Weights``
                       as matrices, ``Bias`` as a column. Gate rows i, f, g, o. A field that is absent is not set.
statistics             of input and batch normalization: ``Mean``, ``TrainedVariance``, … as columns
states                 ``HiddenState``, ``CellState`` (H x 1) are the state when saved; absent means zeros.
                       ``InitialHiddenState``, ``InitialCellState`` are there only where the state after a reset is
                       another one
=====================  ================================================================================================

The types and their required options are those of `bridge.network`: ``sequenceInputLayer`` (InputSize, Normalization),
``featureInputLayer``, ``lstmLayer`` (InputSize, NumHiddenUnits, OutputMode, StateActivationFunction,
GateActivationFunction), ``bilstmLayer``, ``gruLayer`` (ResetGateMode), ``lstmProjectedLayer``, ``fullyConnectedLayer``
(InputSize, OutputSize), ``dropoutLayer`` (Probability), ``reluLayer``, ``leakyReluLayer`` (Scale), ``tanhLayer``,
``sigmoidLayer``, ``softmaxLayer``, ``layerNormalizationLayer``, ``batchNormalizationLayer`` (NumChannels, Epsilon),
``flattenLayer``, ``additionLayer`` (NumInputs), ``concatenationLayer`` (Dim, NumInputs), ``regressionLayer``,
``classificationLayer`` (Classes).

Reading back gives an equal network, bit for bit.
"""

from __future__ import annotations
