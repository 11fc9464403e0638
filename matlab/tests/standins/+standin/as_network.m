function network = as_network(net)
    % AS_NETWORK  A stand-in network in the form of bridge.read_network, not yet joined.
    %
    %   network = standin.as_network(net): its states are those of net.State, the
    %   states that its layers were made with those after a reset.

    network.Layers = cell(numel(net.Layers), 1);
    for k = 1:numel(net.Layers)
        layer = net.Layers(k).Properties;
        layer.Type = net.Layers(k).Type;
        layer.Name = net.Layers(k).Name;
        network.Layers{k} = layer;
    end
    network.Connections = net.Connections;
    if ~isfield(net, 'State')
        return
    end
    for k = 1:numel(net.State.Value)
        at = find(strcmp(net.State.Layer{k}, {net.Layers.Name}));
        name = net.State.Parameter{k};
        layer = network.Layers{at};
        value = extractdata(net.State.Value{k});
        if isfield(layer, name) && ~isequal(layer.(name), value)
            layer.(['Initial' name]) = layer.(name);
        end
        if isfield(layer, name) || any(value(:))
            layer.(name) = value;
        end
        network.Layers{at} = layer;
    end
end
