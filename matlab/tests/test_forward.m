% The forward pass against what Python computes, for every type of layer.
folder = testing.fixtures('networks');
files = dir(fullfile(folder, '*.mat'));
paths = arrayfun(@(file) fullfile(folder, file.name), files, 'UniformOutput', false);
as_cell = @(y) subsref({{y}, y}, substruct('{}', {1 + iscell(y)}));

%% there are networks of every kind
assert(numel(paths) >= 20, 'test:fixtures', 'only %d networks', numel(paths));

%% double precision
for k = 1:numel(paths)
    content = load(paths{k});
    y = as_cell(bridge.forward(paths{k}, content.u, 'Precision', 'double', 'State', 'saved'));
    wanted = as_cell(content.y);
    assert(numel(y) == numel(wanted));
    for m = 1:numel(y)
        % Some hundred roundings of sums of a dozen terms.
        result = bridge.compare(y{m}, wanted{m}, 1e-13);
        assert(result.agrees && isa(y{m}, 'double'), 'test:double', '%s: %g of scale', files(k).name, result.relative);
    end
end

%% single precision
for k = 1:numel(paths)
    content = load(paths{k});
    y = as_cell(bridge.forward(paths{k}, content.u, 'State', 'saved'));
    wanted = as_cell(content.y_single);
    for m = 1:numel(y)
        result = bridge.compare(y{m}, wanted{m});
        assert(result.agrees && isa(y{m}, 'single'), 'test:single', '%s: %g of scale', files(k).name, result.relative);
    end
end

%% final states
for k = 1:numel(paths)
    content = load(paths{k});
    [~, state] = bridge.forward(paths{k}, content.u, 'Precision', 'double', 'State', 'saved');
    assert(numel(state) == size(content.state, 1));
    for m = 1:numel(state)
        assert(isequal({state(m).Layer, state(m).Parameter}, content.state(m, 1:2)));
        assert(bridge.compare(state(m).Value, content.state{m, 3}, 1e-13).agrees, 'test:state', files(k).name);
    end
end

%% step by step, with the states handed on, is the same as at once
content = load(testing.fixtures('networks', 'lstm_twice.mat'));
network = bridge.read_network(testing.fixtures('networks', 'lstm_twice.mat'));
[whole, after] = bridge.forward(network, content.u);
state = bridge.initial_state(network);
for t = 1:size(content.u, 1)
    [y, state] = bridge.forward(network, content.u(t, :), 'State', state);
    % The product with all steps at once may be summed in another order than with one.
    assert(max(abs(y - whole(t, :))) <= 4 * eps(max(abs(whole(:)))));
end
assert(isa(state(1).Value, 'single') && bridge.compare(state(4).Value, after(4).Value).agrees);

%% the state when saved and the one after a reset
path = testing.fixtures('networks', 'states.mat');
content = load(path);
testing.refusal('bridge:initial_state:choice', @() bridge.forward(path, content.u));
reset = bridge.forward(path, content.u, 'State', 'reset', 'Precision', 'double');
assert(bridge.compare(reset, content.y_reset, 1e-13).agrees);
assert(~bridge.compare(content.y, content.y_reset).agrees);

%% a state of one layer only
network = bridge.read_network(testing.fixtures('networks', 'lstm.mat'));
content = load(testing.fixtures('networks', 'lstm.mat'));
other = struct('Layer', 'lstm', 'Parameter', 'HiddenState', 'Value', zeros(5, 1));
assert(~bridge.compare(bridge.forward(network, content.u, 'State', other), content.y_single).agrees);
other.Value = zeros(1, 5);
testing.refusal('bridge:forward:state', @() bridge.forward(network, content.u, 'State', other));
other.Layer = 'gru';
testing.refusal('bridge:forward:state', @() bridge.forward(network, content.u, 'State', other));

%% a sequence without steps
network = bridge.read_network(testing.fixtures('networks', 'lstm.mat'));
assert(isequal(size(bridge.forward(network, zeros(0, 3))), [0, 2]));
network = bridge.read_network(testing.fixtures('networks', 'lstm_last.mat'));
testing.refusal('bridge:forward:layer', @() bridge.forward(network, zeros(0, 3)));

%% a sequence that lies the other way
network = bridge.read_network(testing.fixtures('networks', 'lstm.mat'));
message = testing.refusal('bridge:forward:input', @() bridge.forward(network, zeros(3, 9)));
assert(~isempty(strfind(message, 'takes T x 3, not 3 x 9; transpose it')), 'test:message', message);

%% weights that are not set
path = testing.changed_network(@(network) setfield(network, 'layers', {2, 1}, ...
                                                   rmfield(network.layers(2), {})));
path = testing.changed_network(@(network) setfield(network, 'layers', ...
                                                   [network.layers(1); {rmfield(network.layers{2}, 'Bias')}; network.layers(3)]));
message = testing.refusal('bridge:forward:layer', @() bridge.forward(path, zeros(9, 3)));
assert(~isempty(strfind(message, 'layer ''lstm'': Bias is not set')), 'test:message', message);

%% options that are not there
network = bridge.read_network(testing.fixtures('networks', 'lstm.mat'));
testing.refusal('bridge:forward:option', @() bridge.forward(network, zeros(9, 3), 'Engine', 'numpy'));
testing.refusal('bridge:forward:option', @() bridge.forward(network, zeros(9, 3), 'Precision'));
