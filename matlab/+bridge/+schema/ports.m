function [inputs, outputs] = ports(layer)
    % PORTS  Names of a layer's inputs and outputs, in order.
    %
    %   [inputs, outputs] = bridge.schema.ports(layer) are cell rows: {'in'} and
    %   {'out'} for most layers, {} for an input layer's inputs, 'in1', 'in2', ... for
    %   a layer that joins, and the states' ports where a recurrent layer has them.

    inputs = {'in'};
    outputs = {'out'};
    switch layer.Type
        case {'sequenceInputLayer', 'featureInputLayer'}
            inputs = {};
        case {'additionLayer', 'multiplicationLayer', 'concatenationLayer'}
            inputs = arrayfun(@(k) sprintf('in%d', k), 1:layer.NumInputs, 'UniformOutput', false);
        case {'lstmLayer', 'bilstmLayer', 'lstmProjectedLayer'}
            [inputs, outputs] = with_states(layer, {'hidden', 'cell'});
        case 'gruLayer'
            [inputs, outputs] = with_states(layer, {'hidden'});
    end
end

function [inputs, outputs] = with_states(layer, states)
    inputs = {'in'};
    outputs = {'out'};
    if isfield(layer, 'HasStateInputs') && layer.HasStateInputs
        inputs = [inputs, states];
    end
    if isfield(layer, 'HasStateOutputs') && layer.HasStateOutputs
        outputs = [outputs, states];
    end
end
