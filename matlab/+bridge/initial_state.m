function state = initial_state(network, which)
    % INITIAL_STATE  The states that a network starts from.
    %
    %   state = bridge.initial_state(network) is a structure column with the fields
    %   Layer, Parameter ('HiddenState', 'CellState') and Value (a column), one
    %   element for each state of each recurrent layer, as the rows of a dlnetwork's
    %   State. States that the network does not hold are zeros.
    %
    %   bridge.initial_state(network, 'saved') takes the state when the network was
    %   saved, 'reset' the one after a reset. One of them must be said where the
    %   network holds both and they differ.

    if nargin < 2
        which = '';
    end
    state = struct('Layer', {}, 'Parameter', {}, 'Value', {});
    for k = 1:numel(network.Layers)
        layer = network.Layers{k};
        kind = bridge.schema.kinds(layer.Type);
        for name = kind.States
            one.Layer = layer.Name;
            one.Parameter = name{1};
            one.Value = chosen(layer, name{1}, which);
            state(end + 1, 1) = one; %#ok<AGROW>
        end
    end
end

function value = chosen(layer, name, which)
    saved = zeros(bridge.schema.array_size(layer, name));
    if isfield(layer, name)
        saved = layer.(name);
    end
    reset = saved;
    if isfield(layer, ['Initial' name])
        reset = layer.(['Initial' name]);
    end
    switch which
        case 'saved'
            value = saved;
        case 'reset'
            value = reset;
        case ''
            if ~isequal(saved, reset)
                error('bridge:initial_state:choice', ...
                      ['layer ''%s'': %s was saved in another state than the one after a reset; ', ...
                       'say ''saved'' or ''reset'''], layer.Name, name);
            end
            value = saved;
        otherwise
            error('bridge:initial_state:choice', 'the state is ''saved'' or ''reset'', not ''%s''', which);
    end
end
