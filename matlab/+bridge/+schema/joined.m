function network = joined(network, place)
    % JOINED  Find out how a network's layers feed each other, and in which order they run.
    %
    %   network = bridge.schema.joined(network, place) adds to the structure with
    %   Layers (cell column) and Connections (cell, M x 2, names with or without
    %   '/port'):
    %     Sources   cell column: for each layer the numbers of the layers that feed
    %               its inputs, in order
    %     Order     numbers of all layers such that each follows its sources
    %     Inputs    numbers of the layers without inputs, where data enter
    %     Outputs   numbers of the layers that feed no other
    %   It raises 'bridge:read_network:connections' with place and the connection
    %   that names no layer or port, that is there twice, or that is missing.

    count = numel(network.Layers);
    names = cellfun(@(layer) layer.Name, network.Layers, 'UniformOutput', false);
    if numel(unique(names)) < count
        refuse(place, 'two layers have the same name');
    end
    network.Sources = cell(count, 1);
    network.Inputs = [];
    for k = 1:count
        inputs = bridge.schema.ports(network.Layers{k});
        network.Sources{k} = zeros(1, numel(inputs));
        if isempty(inputs)
            network.Inputs(end + 1) = k;
        end
    end

    for m = 1:size(network.Connections, 1)
        from = found(network.Layers, names, network.Connections{m, 1}, false, place);
        [to, port] = found(network.Layers, names, network.Connections{m, 2}, true, place);
        if network.Sources{to}(port)
            refuse(place, 'two connections end at ''%s''', network.Connections{m, 2});
        end
        network.Sources{to}(port) = from;
    end
    for k = 1:count
        if any(network.Sources{k} == 0)
            refuse(place, 'an input of layer ''%s'' is not connected', names{k});
        end
    end
    network.Outputs = setdiff(1:count, [network.Sources{:}]);
    network.Order = ordered(network.Sources, place);
end

function [layer, port] = found(layers, names, text, is_input, place)
    layer = find(strcmp(text, names));
    wanted = '';
    slash = find(text == '/', 1, 'last');
    if isempty(layer) && ~isempty(slash)
        layer = find(strcmp(text(1:slash - 1), names));
        wanted = text(slash + 1:end);
    end
    if isempty(layer)
        refuse(place, '''%s'' is no layer', text);
    end
    [inputs, outputs] = bridge.schema.ports(layers{layer});
    if is_input
        own = inputs;
    else
        own = outputs;
    end
    port = 1;
    if ~isempty(wanted)
        port = find(strcmp(wanted, own));
    end
    if isempty(port) || isempty(own)
        refuse(place, 'layer ''%s'' has no such port as ''%s'' says', names{layer}, text);
    end
end

function order = ordered(sources, place)
    order = [];
    waiting = 1:numel(sources);
    while ~isempty(waiting)
        ready = cellfun(@(feeding) all(ismember(feeding, order)), sources(waiting));
        if ~any(ready)
            refuse(place, 'the connections form a circle');
        end
        next = find(ready, 1);
        order(end + 1) = waiting(next); %#ok<AGROW>
        waiting(next) = [];
    end
end

function refuse(place, cause, varargin)
    error('bridge:read_network:connections', '%s: %s', place, sprintf(cause, varargin{:}));
end
