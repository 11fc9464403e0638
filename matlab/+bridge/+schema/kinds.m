function kind = kinds(type)
    % KINDS  What a layer of some type holds in a network's .mat file.
    %
    %   kind = bridge.schema.kinds('lstmLayer') is a structure of cell arrays of
    %   field names:
    %     Sizes        whole numbers that must be there
    %     Choices      field names and the words that each can be, two columns; all must be there
    %     Options      fields that may be there besides
    %     Learnables   weights; one that is absent is not set
    %     Statistics   of normalizations, columns
    %     States       states, columns; each may have an Initial... beside it
    %   It is [] for a type that is not known.

    none = struct('Sizes', {{}}, 'Choices', {cell(0, 2)}, 'Options', {{}}, 'Learnables', {{}}, ...
                  'Statistics', {{}}, 'States', {{}});
    kind = none;
    switch type
        case {'sequenceInputLayer', 'featureInputLayer'}
            kind.Sizes = {'InputSize'};
            kind.Choices = {'Normalization', {'none', 'zerocenter', 'zscore', 'rescale-symmetric', 'rescale-zero-one'}};
            kind.Options = {'NormalizationDimension', 'MinLength', 'SplitComplexInputs'};
            kind.Statistics = {'Mean', 'StandardDeviation', 'Min', 'Max'};
        case {'lstmLayer', 'bilstmLayer', 'gruLayer', 'lstmProjectedLayer'}
            kind = recurrent(kind, type);
        case 'fullyConnectedLayer'
            kind.Sizes = {'OutputSize'};
            kind.Options = {'InputSize'};
            kind.Learnables = {'Weights', 'Bias'};
        case 'dropoutLayer'
            kind.Options = {'Probability'};
        case 'leakyReluLayer'
            kind.Options = {'Scale'};
        case 'layerNormalizationLayer'
            kind.Options = {'NumChannels', 'Epsilon', 'OperationDimension'};
            kind.Learnables = {'Offset', 'Scale'};
        case 'batchNormalizationLayer'
            kind.Options = {'NumChannels', 'Epsilon', 'MeanDecay', 'VarianceDecay'};
            kind.Learnables = {'Offset', 'Scale'};
            kind.Statistics = {'TrainedMean', 'TrainedVariance'};
        case 'additionLayer'
            kind.Sizes = {'NumInputs'};
        case 'concatenationLayer'
            kind.Sizes = {'Dim', 'NumInputs'};
        case 'regressionLayer'
            kind.Options = {'ResponseNames', 'LossFunction'};
        case 'classificationLayer'
            kind.Options = {'Classes', 'LossFunction'};
        case {'reluLayer', 'tanhLayer', 'sigmoidLayer', 'softmaxLayer', 'flattenLayer'}
            kind = none;
        otherwise
            kind = [];
    end
end

function kind = recurrent(kind, type)
    kind.Sizes = {'NumHiddenUnits'};
    kind.Choices = {'OutputMode', {'sequence', 'last'}
                    'StateActivationFunction', {'tanh', 'softsign', 'relu'}
                    'GateActivationFunction', {'sigmoid', 'hard-sigmoid'}};
    kind.Options = {'InputSize', 'HasStateInputs', 'HasStateOutputs'};
    kind.Learnables = {'InputWeights', 'RecurrentWeights', 'Bias'};
    kind.States = {'HiddenState', 'CellState'};
    if strcmp(type, 'gruLayer')
        modes = {'after-multiplication', 'before-multiplication', 'recurrent-bias-after-multiplication'};
        kind.Choices(end + 1, :) = {'ResetGateMode', modes};
        kind.States = {'HiddenState'};
    elseif strcmp(type, 'lstmProjectedLayer')
        kind.Sizes = {'NumHiddenUnits', 'OutputProjectorSize', 'InputProjectorSize'};
        kind.Learnables = [kind.Learnables, {'InputProjector', 'OutputProjector'}];
    end
end
