function wanted = array_size(layer, name)
    % ARRAY_SIZE  Lengths of the dimensions that an array of a layer must have.
    %
    %   wanted = bridge.schema.array_size(layer, 'InputWeights') is [rows columns],
    %   of a convolution's Weights [steps channels filters]; NaN stands for a length that
    %   the layer does not say.
    %   With H = NumHiddenUnits and I = InputSize: LSTM 4H x I, 4H x H, 4H x 1, rows
    %   i, f, g, o; BiLSTM twice the rows, forward first; GRU 3H, rows r, z, k, Bias
    %   6H where ResetGateMode is 'recurrent-bias-after-multiplication'.

    switch layer.Type
        case {'lstmLayer', 'bilstmLayer', 'gruLayer', 'lstmProjectedLayer'}
            wanted = recurrent(layer, name);
        case 'fullyConnectedLayer'
            wanted = [layer.OutputSize, 1];
            if strcmp(name, 'Weights')
                wanted(2) = said(layer, 'InputSize');
            end
        case 'selfAttentionLayer'
            wanted = attention(layer, name);
        case 'positionEmbeddingLayer'
            wanted = [layer.OutputSize, layer.MaxPosition];
        case 'convolution1dLayer'
            wanted = [1, layer.NumFilters];
            if strcmp(name, 'Weights')
                wanted = [layer.FilterSize, said(layer, 'NumChannels'), layer.NumFilters];
            end
        case {'sequenceInputLayer', 'featureInputLayer'}
            wanted = [layer.InputSize, 1];
        otherwise
            wanted = [said(layer, 'NumChannels'), 1];
    end
end

function wanted = recurrent(layer, name)
    units = layer.NumHiddenUnits;
    gates = 4;
    directions = 1;
    if strcmp(layer.Type, 'gruLayer')
        gates = 3;
    elseif strcmp(layer.Type, 'bilstmLayer')
        directions = 2;
    end
    rows = directions * gates * units;
    projected = strcmp(layer.Type, 'lstmProjectedLayer');
    switch name
        case 'InputWeights'
            wanted = [rows, said(layer, 'InputSize')];
            if projected
                wanted = [rows, layer.InputProjectorSize];
            end
        case 'RecurrentWeights'
            wanted = [rows, units];
            if projected
                wanted = [rows, layer.OutputProjectorSize];
            end
        case 'Bias'
            wanted = [rows, 1];
            if strcmp(layer.Type, 'gruLayer') && strcmp(layer.ResetGateMode, 'recurrent-bias-after-multiplication')
                wanted = [2 * rows, 1];
            end
        case 'InputProjector'
            wanted = [said(layer, 'InputSize'), layer.InputProjectorSize];
        case 'OutputProjector'
            wanted = [units, layer.OutputProjectorSize];
        otherwise  % a state
            wanted = [directions * units, 1];
    end
end

function wanted = attention(layer, name)
    values = layer.NumKeyChannels;
    if isfield(layer, 'NumValueChannels')
        values = layer.NumValueChannels;
    end
    outputs = said(layer, 'InputSize');
    if isfield(layer, 'OutputSize')
        outputs = layer.OutputSize;
    end
    switch name
        case {'QueryWeights', 'KeyWeights'}
            wanted = [layer.NumKeyChannels, said(layer, 'InputSize')];
        case 'ValueWeights'
            wanted = [values, said(layer, 'InputSize')];
        case 'OutputWeights'
            wanted = [outputs, values];
        case 'ValueBias'
            wanted = [values, 1];
        case 'OutputBias'
            wanted = [outputs, 1];
        otherwise  % biases of queries and keys
            wanted = [layer.NumKeyChannels, 1];
    end
end

function size = said(layer, name)
    size = NaN;
    if isfield(layer, name)
        size = layer.(name);
    end
end
