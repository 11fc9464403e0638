function kind = kinds(type)
    % KINDS  What a layer of some type holds in a network's .mat file.
    %
    %   kind = bridge.schema.kinds('lstmLayer') is a structure of cell arrays of
    %   field names:
    %     Sizes        whole numbers that must be there
    %     Numbers      real numbers that must be there
    %     Choices      field names and the words that each can be, two columns; all must be there
    %     Mixed        field names, the words that each can be, and how many whole numbers
    %                  of which least value it can be instead, four columns; all must be there
    %     Options      fields that may be there besides
    %     Learnables   weights; one that is absent is not set
    %     Statistics   of normalizations, columns
    %     States       states, columns; each may have an Initial... beside it
    %   and the text Time: 'mixed' where one step's result depends on the others, 'needed'
    %   where besides there is none without time, 'ended' where besides one step comes out
    %   of all; '' otherwise. It is [] for a type that is not known.

    none = struct('Sizes', {{}}, 'Numbers', {{}}, 'Choices', {cell(0, 2)}, 'Mixed', {cell(0, 4)}, ...
                  'Options', {{}}, 'Learnables', {{}}, 'Statistics', {{}}, 'States', {{}}, 'Time', '');
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
            kind.Numbers = {'Scale'};
        case 'eluLayer'
            kind.Numbers = {'Alpha'};
        case 'clippedReluLayer'
            kind.Numbers = {'Ceiling'};
        case 'geluLayer'
            kind.Choices = {'Approximation', {'none', 'tanh'}};
        case 'preluLayer'
            kind.Options = {'NumChannels'};
            kind.Learnables = {'Alpha'};
        case 'scalingLayer'
            kind.Statistics = {'Scale', 'Bias'};
        case {'layerNormalizationLayer', 'batchNormalizationLayer', 'instanceNormalizationLayer', ...
              'groupNormalizationLayer'}
            kind = normalization(kind, type);
        case {'selfAttentionLayer', 'positionEmbeddingLayer', 'indexing1dLayer', 'convolution1dLayer', ...
              'maxPooling1dLayer', 'averagePooling1dLayer', 'globalAveragePooling1dLayer', 'globalMaxPooling1dLayer'}
            kind = over_time(kind, type);
        case {'additionLayer', 'multiplicationLayer'}
            kind.Sizes = {'NumInputs'};
        case 'concatenationLayer'
            kind.Sizes = {'Dim', 'NumInputs'};
        case 'regressionLayer'
            kind.Options = {'ResponseNames', 'LossFunction'};
        case 'classificationLayer'
            kind.Options = {'Classes', 'LossFunction'};
        case {'reluLayer', 'tanhLayer', 'sigmoidLayer', 'softmaxLayer', 'flattenLayer', 'swishLayer', ...
              'softplusLayer', 'identityLayer'}
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

function kind = normalization(kind, type)
    kind.Numbers = {'Epsilon'};
    kind.Options = {'NumChannels'};
    kind.Learnables = {'Offset', 'Scale'};
    switch type
        case 'layerNormalizationLayer'
            kind.Options = {'NumChannels', 'OperationDimension'};
            kind.Time = 'mixed';
        case 'batchNormalizationLayer'
            kind.Options = {'NumChannels', 'MeanDecay', 'VarianceDecay'};
            kind.Statistics = {'TrainedMean', 'TrainedVariance'};
        case 'instanceNormalizationLayer'
            kind.Time = 'mixed';
        case 'groupNormalizationLayer'
            kind.Mixed = {'NumGroups', {'all-channels', 'channel-wise'}, 1, 1};
            kind.Time = 'mixed';
    end
end

function kind = over_time(kind, type)
    kind.Time = 'needed';
    switch type
        case 'selfAttentionLayer'
            kind.Sizes = {'NumHeads', 'NumKeyChannels'};
            kind.Choices = {'AttentionMask', {'none', 'causal'}};
            kind.Options = {'InputSize', 'NumValueChannels', 'OutputSize', 'DropoutProbability'};
            kind.Learnables = {'QueryWeights', 'KeyWeights', 'ValueWeights', 'OutputWeights', ...
                               'QueryBias', 'KeyBias', 'ValueBias', 'OutputBias'};
        case 'positionEmbeddingLayer'
            kind.Sizes = {'OutputSize', 'MaxPosition'};
            kind.Learnables = {'Weights'};
        case 'convolution1dLayer'
            kind.Sizes = {'FilterSize', 'NumFilters', 'Stride', 'DilationFactor'};
            kind.Mixed = {'Padding', {'same', 'causal'}, 2, 0};
            kind.Options = {'NumChannels'};
            kind.Learnables = {'Weights', 'Bias'};
        case {'maxPooling1dLayer', 'averagePooling1dLayer'}
            kind.Sizes = {'PoolSize', 'Stride'};
            kind.Mixed = {'Padding', {'same'}, 2, 0};
        case 'indexing1dLayer'
            kind.Choices = {'Index', {'first', 'last'}};
            kind.Time = 'ended';
        otherwise  % global pooling
            kind.Time = 'ended';
    end
end
