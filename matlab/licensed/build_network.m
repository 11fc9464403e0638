function net = build_network(path, varargin)
    % BUILD_NETWORK  The dlnetwork that a network's .mat file describes.
    %
    %   net = build_network(path), build_network(path, variable) reads the file with
    %   bridge.read_network and builds every layer with the toolbox's own function,
    %   weights, statistics and states in single precision, as a dlnetwork computes.
    %   Output layers, which a dlnetwork cannot have, are left out. The states are
    %   those when the network was saved; resetState(net) gives those after a reset.
    %
    %   Afterwards every learnable and state of net is compared with the file, bit
    %   for bit; 'bridge:build_network:value' names the first that differs.
    %
    %   Needs Deep Learning Toolbox of a release that has the network's layers; scaling
    %   and softplus layers need Reinforcement Learning Toolbox.

    network = bridge.read_network(path, varargin{:});
    graph = layerGraph();
    left_out = {};
    for k = 1:numel(network.Layers)
        layer = network.Layers{k};
        if any(strcmp(layer.Type, {'regressionLayer', 'classificationLayer'}))
            left_out{end + 1} = layer.Name; %#ok<AGROW>
        else
            graph = addLayers(graph, toolbox_layer(layer));
        end
    end
    for k = 1:size(network.Connections, 1)
        [source, destination] = network.Connections{k, :};
        if ~any(strcmp(destination, left_out))
            graph = connectLayers(graph, source, destination);
        end
    end
    net = dlnetwork(graph);
    net = with_states(net, network);
    check_learnables(net, network);
end

function made = toolbox_layer(layer)
    kind = bridge.schema.kinds(layer.Type);
    [leading, said] = positional(layer);
    arrays = [kind.Learnables, kind.Statistics, kind.States];
    % What the toolbox finds out by itself, and the state after a reset, which is set as the state.
    inferred = [{'Type', 'Name', 'InputSize', 'NumChannels'}, said, strcat('Initial', kind.States)];
    names = setdiff(fieldnames(layer), inferred);
    pairs = {'Name', layer.Name};
    for k = 1:numel(names)
        value = layer.(names{k});
        initial = ['Initial' names{k}];
        if isfield(layer, initial)
            value = layer.(initial);
        end
        if any(strcmp(names{k}, arrays))
            value = single(value);
        elseif (islogical(value) && ~value) || isequal(value, 'auto')
            continue  % the usual, which older releases need not know
        end
        pairs = [pairs, {names{k}, value}]; %#ok<AGROW>
    end
    make = str2func(layer.Type);
    made = make(leading{:}, pairs{:});
end

function [leading, names] = positional(layer)
    switch layer.Type
        case {'sequenceInputLayer', 'featureInputLayer'}
            names = {'InputSize'};
        case {'lstmLayer', 'bilstmLayer', 'gruLayer'}
            names = {'NumHiddenUnits'};
        case 'lstmProjectedLayer'
            names = {'NumHiddenUnits', 'OutputProjectorSize', 'InputProjectorSize'};
        case 'fullyConnectedLayer'
            names = {'OutputSize'};
        case 'dropoutLayer'
            names = {'Probability'};
        case 'leakyReluLayer'
            names = {'Scale'};
        case 'eluLayer'
            names = {'Alpha'};
        case 'clippedReluLayer'
            names = {'Ceiling'};
        case 'groupNormalizationLayer'
            names = {'NumGroups'};
        case 'selfAttentionLayer'
            names = {'NumHeads', 'NumKeyChannels'};
        case 'positionEmbeddingLayer'
            names = {'OutputSize', 'MaxPosition'};
        case 'convolution1dLayer'
            names = {'FilterSize', 'NumFilters'};
        case {'maxPooling1dLayer', 'averagePooling1dLayer'}
            names = {'PoolSize'};
        case 'indexing1dLayer'
            names = {'Index'};
        case {'additionLayer', 'multiplicationLayer'}
            names = {'NumInputs'};
        case 'concatenationLayer'
            names = {'Dim', 'NumInputs'};
        otherwise
            names = {};
    end
    leading = cellfun(@(name) layer.(name), names, 'UniformOutput', false);
end

function net = with_states(net, network)
    state = net.State;
    saved = bridge.initial_state(network, 'saved');
    for k = 1:numel(saved)
        row = find(strcmp(saved(k).Layer, state.Layer) & strcmp(saved(k).Parameter, state.Parameter));
        if numel(row) ~= 1
            error('bridge:build_network:value', 'layer ''%s'': the network has no %s', ...
                  saved(k).Layer, saved(k).Parameter);
        end
        state.Value{row} = dlarray(single(saved(k).Value));
    end
    net.State = state;
end

function check_learnables(net, network)
    for tables = {net.Learnables, net.State}
        rows = tables{1};
        for k = 1:numel(rows.Value)
            owner = cellfun(@(layer) strcmp(layer.Name, char(rows.Layer(k))), network.Layers);
            layer = network.Layers{owner};
            name = char(rows.Parameter(k));
            if isfield(layer, name)
                check(layer, name, rows.Value{k});
            end
        end
    end
end

function check(layer, name, value)
    wanted = single(layer.(name));
    given = extractdata(value);
    % isequaln and typecast tell apart what == does not: NaN, and the zeros' signs.
    same = isequal(size(given), size(wanted)) && isa(given, 'single') && ...
           isequal(typecast(given(:), 'uint32'), typecast(wanted(:), 'uint32'));
    if ~same
        error('bridge:build_network:value', 'layer ''%s'': the toolbox did not keep %s as it was given', ...
              layer.Name, name);
    end
end
