function network = read_changed_layer(name, varargin)
    % READ_CHANGED_LAYER  Read the LSTM network's file after one field of its LSTM was changed.
    %
    %   network = testing.read_changed_layer('Bias', value) sets it; without a value
    %   it is taken out.

    network = testing.read_changed(@(network) with_layer(network, name, varargin));
end

function network = with_layer(network, name, value)
    if isempty(value)
        network.layers{2} = rmfield(network.layers{2}, name);
    else
        network.layers{2}.(name) = value{1};
    end
end
