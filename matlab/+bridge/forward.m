function [y, state] = forward(network, u, varargin)
    % FORWARD  Output of a network for one sequence.
    %
    %   y = bridge.forward(network, u) applies a network, as bridge.read_network
    %   gives it, or the path of its file, to the sequence u, T x C: a row for each
    %   time step, a column for each channel. y is T x outputs; 1 x outputs where a
    %   recurrent layer hands on its last step only. Of a network without time the
    %   rows are observations. A network with several input layers takes a cell
    %   array of sequences, in the order of the layers; several output layers give
    %   a cell array.
    %
    %   [y, state] = bridge.forward(network, u) also returns the final states, in
    %   the form of bridge.initial_state. Given back, they continue the sequence.
    %
    %   bridge.forward(network, u, 'Precision', 'double') computes in double
    %   precision; the usual is 'single', as a dlnetwork computes.
    %
    %   bridge.forward(network, u, 'State', state) starts from other states than the
    %   network's own: those of some or all layers, or 'saved' or 'reset'.
    %
    %   The mathematics of each type of layer is the function of that name in
    %   bridge.layers.

    if ischar(network)
        network = bridge.read_network(network);
    end
    validateattributes(network, {'struct'}, {'scalar'}, 'bridge.forward', 'network');
    [precision, start] = options(varargin);
    fed = sequences(network, u, precision);
    state = started(network, start, precision);

    count = numel(network.Layers);
    values = cell(count, 1);
    timed = false(count, 1);
    for k = network.Order
        layer = prepared(network.Layers{k}, precision);
        inputs = values(network.Sources{k});
        if isempty(inputs)
            inputs = fed(network.Inputs == k);
            timed(k) = strcmp(layer.Type, 'sequenceInputLayer');
        else
            timed(k) = over_time(layer, timed(network.Sources{k}));
        end
        check_channels(layer, inputs);
        mine = find(strcmp(layer.Name, {state.Layer}));
        [values{k}, after] = compute(layer, inputs, {state(mine).Value}, any(timed(network.Sources{k})));
        for m = 1:numel(mine)
            state(mine(m)).Value = after{m};
        end
    end
    y = values(network.Outputs);
    if isscalar(y)
        y = y{1};
    end
end

function [precision, start] = options(given)
    precision = 'single';
    start = '';
    if mod(numel(given), 2)
        error('bridge:forward:option', 'names and values come in pairs');
    end
    for k = 1:2:numel(given)
        switch given{k}
            case 'Precision'
                precision = validatestring(given{k + 1}, {'single', 'double'}, 'bridge.forward', 'Precision');
            case 'State'
                start = given{k + 1};
                validateattributes(start, {'char', 'struct'}, {}, 'bridge.forward', 'State');
            otherwise
                error('bridge:forward:option', 'there is no option ''%s''; there are Precision and State', given{k});
        end
    end
end

function fed = sequences(network, u, precision)
    fed = u;
    if ~iscell(fed)
        fed = {fed};
    end
    if numel(fed) ~= numel(network.Inputs)
        error('bridge:forward:input', 'the network has %d input layers, but %d sequences are given', ...
              numel(network.Inputs), numel(fed));
    end
    for k = 1:numel(fed)
        layer = network.Layers{network.Inputs(k)};
        validateattributes(fed{k}, {'numeric', 'logical'}, {'2d', 'real'}, 'bridge.forward', 'u');
        given = size(fed{k});
        if given(2) ~= layer.InputSize
            hint = '';
            if given(1) == layer.InputSize
                hint = '; transpose it';
            end
            error('bridge:forward:input', 'layer ''%s'' takes T x %d, not %d x %d%s', ...
                  layer.Name, layer.InputSize, given(1), given(2), hint);
        elseif given(1) ~= size(fed{1}, 1)
            error('bridge:forward:input', 'the sequences have different numbers of steps');
        end
        fed{k} = feval(precision, fed{k});
    end
end

function state = started(network, start, precision)
    if ischar(start)
        state = bridge.initial_state(network, start);
    else
        state = bridge.initial_state(network, 'saved');
        for k = 1:numel(start)
            at = strcmp(start(k).Layer, {state.Layer}) & strcmp(start(k).Parameter, {state.Parameter});
            if ~any(at)
                error('bridge:forward:state', 'layer ''%s'' has no state %s', start(k).Layer, start(k).Parameter);
            end
            value = start(k).Value;
            wanted = size(state(at).Value);
            if ~isnumeric(value) || ~isequal(size(value), wanted)
                error('bridge:forward:state', 'layer ''%s'': %s must be %d x %d', ...
                      start(k).Layer, start(k).Parameter, wanted(1), wanted(2));
            end
            state(at).Value = value;
        end
    end
    for k = 1:numel(state)
        state(k).Value = feval(precision, state(k).Value);
    end
end

function layer = prepared(layer, precision)
    % All weights there, and in the precision that is asked for.
    for name = {'HasStateInputs', 'HasStateOutputs', 'SplitComplexInputs'}
        if isfield(layer, name{1}) && layer.(name{1})
            error('bridge:forward:layer', 'layer ''%s'' has %s, which is not computed', layer.Name, name{1});
        end
    end
    kind = bridge.schema.kinds(layer.Type);
    needed = [kind.Learnables, bridge.schema.statistics(layer)];
    for k = 1:numel(needed)
        if ~isfield(layer, needed{k})
            error('bridge:forward:layer', 'layer ''%s'': %s is not set', layer.Name, needed{k});
        end
        layer.(needed{k}) = feval(precision, layer.(needed{k}));
    end
end

function timed = over_time(layer, sources)
    timed = sources(1);
    if any(sources ~= timed)
        error('bridge:forward:layer', 'layer ''%s'' joins sequences with what has no time', layer.Name);
    end
    kind = bridge.schema.kinds(layer.Type);
    if ~timed && (isfield(layer, 'OutputMode') || any(strcmp(kind.Time, {'needed', 'ended'})))
        error('bridge:forward:layer', ...
              'layer ''%s'' needs a sequence, but what it is given has no time', layer.Name);
    end
    if isfield(layer, 'OutputMode')
        timed = strcmp(layer.OutputMode, 'sequence');
    elseif strcmp(kind.Time, 'ended')
        timed = false;
    end
end

function check_channels(layer, inputs)
    for name = {'InputSize', 'NumChannels'}
        if isfield(layer, name{1}) && size(inputs{1}, 2) ~= layer.(name{1})
            error('bridge:forward:layer', 'layer ''%s'' expects %d channels, but is given %d', ...
                  layer.Name, layer.(name{1}), size(inputs{1}, 2));
        end
    end
end

function [y, state] = compute(layer, inputs, state, timed)
    mathematics = str2func(['bridge.layers.' layer.Type]);
    kind = bridge.schema.kinds(layer.Type);
    if strcmp(kind.Time, 'mixed') && ~timed
        % Rows are observations, which do not know of each other.
        y = zeros(size(inputs{1}), class(inputs{1}));
        for k = 1:size(y, 1)
            y(k, :) = mathematics(layer, inputs{1}(k, :));
        end
    elseif isempty(state)
        y = mathematics(layer, inputs{:});
    else
        [y, state] = mathematics(layer, inputs{:}, state);
    end
end
