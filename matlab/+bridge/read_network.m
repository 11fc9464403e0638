function network = read_network(path, variable)
    % READ_NETWORK  A network out of a .mat file that the bridge wrote.
    %
    %   network = bridge.read_network(path) reads the only network in the file,
    %   bridge.read_network(path, variable) the one of that name. The file holds a
    %   structure with format 'bridge network', version 1, layers and connections, as
    %   `bridge.save(network, "net.mat")` writes it in Python.
    %
    %   network is a structure:
    %     Layers        cell column of structures: Type ('lstmLayer'), Name, and the
    %                   toolbox's property names: sizes, options, weights, states
    %     Connections   cell, M x 2: source and destination, 'lstm', 'addition/in2'
    %     Sources, Order, Inputs, Outputs   see bridge.schema.joined
    %
    %   Every type, field, size and connection is checked; an error names the file,
    %   the layer and what is wrong.

    validateattributes(path, {'char'}, {'row'}, 'bridge.read_network', 'path');
    if ~exist(path, 'file')
        error('bridge:read_network:file', '%s: there is no such file', path);
    end
    variables = load(path);
    names = fieldnames(variables);
    if nargin > 1
        validateattributes(variable, {'char'}, {'row'}, 'bridge.read_network', 'variable');
        names = names(strcmp(names, variable));
    end
    names = names(cellfun(@(name) is_network(variables.(name)), names));
    if numel(names) ~= 1
        error('bridge:read_network:variable', ...
              '%s: %d of its variables are networks; one is needed, or its name', path, numel(names));
    end
    found = variables.(names{1});
    place = sprintf('%s: %s', path, names{1});

    if ~isfield(found, 'version') || ~isequal(found.version, 1)
        error('bridge:read_network:version', '%s: is a network of another version than 1', place);
    end
    if ~isfield(found, 'layers') || ~iscell(found.layers) || isempty(found.layers)
        error('bridge:read_network:layer', '%s: has no layers', place);
    end
    network.Layers = found.layers(:);
    for k = 1:numel(network.Layers)
        bridge.schema.check_layer(network.Layers{k}, sprintf('%s: layer %d', place, k));
    end
    network.Connections = pairs(found, place);
    network = bridge.schema.joined(network, place);
end

function yes = is_network(value)
    yes = isstruct(value) && isscalar(value) && isfield(value, 'format') && isequal(value.format, 'bridge network');
end

function connections = pairs(found, place)
    connections = cell(0, 2);
    if isfield(found, 'connections') && ~isempty(found.connections)
        connections = found.connections;
    end
    if ~iscell(connections) || size(connections, 2) ~= 2 || ~all(cellfun(@ischar, connections(:)))
        error('bridge:read_network:connections', '%s: connections must be a cell array of texts, M x 2', place);
    end
end
