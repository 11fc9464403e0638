function net = network(layers, with_outputs)
    % NETWORK  A stand-in for dlnetwork and assembleNetwork.
    %
    %   net = standin.network(layers, with_outputs) takes layers one after another, or
    %   a layer graph. Output layers must be there, or must not. Names and ports are
    %   checked. net has Layers, Connections, Learnables, State, InputNames,
    %   OutputNames; the tables are structures of cell columns.

    if ~isfield(layers, 'Connections')
        layers = addLayers(layerGraph(), layers);
    end
    net = layers;
    types = {net.Layers.Type};
    is_output = ismember(types, {'regressionLayer', 'classificationLayer'});
    if with_outputs ~= any(is_output)
        error('standin:network', 'a dlnetwork has no output layers, and a network that is assembled has');
    end
    % Whatever is wrong with names and ports is found by the portable core.
    joined = bridge.schema.joined(standin.as_network(net), 'net');
    names = {net.Layers.Name};
    net.InputNames = names(joined.Inputs);
    net.OutputNames = names(joined.Outputs);
    net.Learnables = entries();
    net.State = entries();
    for k = 1:numel(joined.Layers)
        layer = joined.Layers{k};
        kind = bridge.schema.kinds(layer.Type);
        net.Learnables = with(net.Learnables, layer, kind.Learnables, {});
        net.State = with(net.State, layer, kind.States, kind.States);
        if strcmp(layer.Type, 'batchNormalizationLayer')
            net.State = with(net.State, layer, kind.Statistics, {});
        end
    end
end

function rows = entries()
    rows = struct('Layer', {cell(0, 1)}, 'Parameter', {cell(0, 1)}, 'Value', {cell(0, 1)});
end

function rows = with(rows, layer, names, zero)
    for name = names
        if isfield(layer, name{1})
            value = layer.(name{1});
        elseif any(strcmp(name{1}, zero))
            value = zeros(bridge.schema.array_size(layer, name{1}), 'single');
        else
            continue
        end
        rows.Layer{end + 1, 1} = layer.Name;
        rows.Parameter{end + 1, 1} = name{1};
        rows.Value{end + 1, 1} = dlarray(value);
    end
end
