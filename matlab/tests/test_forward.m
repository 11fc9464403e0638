% The forward pass against what Python computes, for every type of layer.
folder = testing.fixtures('networks');
files = dir(fullfile(folder, '*.mat'));
paths = arrayfun(@(file) fullfile(folder, file.name), files, 'UniformOutput', false);

%% there are networks of every kind
assert(numel(paths) >= 20, 'test:fixtures', 'only %d networks', numel(paths));

%% double precision
for k = 1:numel(paths)
    content = load(paths{k});
    y = testing.as_cell(bridge.forward(paths{k}, content.u, 'Precision', 'double', 'State', 'saved'));
    wanted = testing.as_cell(content.y);
    assert(numel(y) == numel(wanted));
    for m = 1:numel(y)
        % Some hundred roundings of sums of a dozen terms.
        testing.agree(y{m}, wanted{m}, 1e-13, files(k).name);
        assert(isa(y{m}, 'double'));
    end
end

%% single precision
for k = 1:numel(paths)
    content = load(paths{k});
    y = testing.as_cell(bridge.forward(paths{k}, content.u, 'State', 'saved'));
    wanted = testing.as_cell(content.y_single);
    for m = 1:numel(y)
        testing.agree(y{m}, wanted{m}, 2e-6, files(k).name);
        assert(isa(y{m}, 'single'));
    end
end

%% final states
for k = 1:numel(paths)
    content = load(paths{k});
    [~, state] = bridge.forward(paths{k}, content.u, 'Precision', 'double', 'State', 'saved');
    assert(numel(state) == size(content.state, 1));
    for m = 1:numel(state)
        assert(isequal({state(m).Layer, state(m).Parameter}, content.state(m, 1:2)));
        testing.agree(state(m).Value, content.state{m, 3}, 1e-13, files(k).name);
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
assert(isa(state(1).Value, 'single'));
testing.agree(state(4).Value, after(4).Value);

%% the state when saved and the one after a reset
path = testing.fixtures('networks', 'states.mat');
content = load(path);
testing.refusal('bridge:initial_state:choice', @() bridge.forward(path, content.u));
reset = bridge.forward(path, content.u, 'State', 'reset', 'Precision', 'double');
testing.agree(reset, content.y_reset, 1e-13);
testing.differ(content.y, content.y_reset);

%% a state of one layer only
network = bridge.read_network(testing.fixtures('networks', 'lstm.mat'));
content = load(testing.fixtures('networks', 'lstm.mat'));
other = struct('Layer', 'lstm', 'Parameter', 'HiddenState', 'Value', zeros(5, 1));
testing.differ(bridge.forward(network, content.u, 'State', other), content.y_single);
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
network = testing.read_changed_layer('Bias');
message = testing.refusal('bridge:forward:layer', @() bridge.forward(network, zeros(9, 3)));
assert(~isempty(strfind(message, 'layer ''lstm'': Bias is not set')), 'test:message', message);

%% options that are not there
network = bridge.read_network(testing.fixtures('networks', 'lstm.mat'));
testing.refusal('bridge:forward:option', @() bridge.forward(network, zeros(9, 3), 'Engine', 'numpy'));
testing.refusal('bridge:forward:option', @() bridge.forward(network, zeros(9, 3), 'Precision'));

%% a layer over time without time, or without steps
needing = {'attention', 'convolution', 'max_pooling', 'global_max', 'index_first'};
for k = 1:numel(needing)
    network = bridge.read_network(testing.fixtures('networks', [needing{k} '.mat']));
    network.Layers{1}.Type = 'featureInputLayer';
    message = testing.refusal('bridge:forward:layer', @() bridge.forward(network, zeros(9, 3)));
    assert(~isempty(strfind(message, 'needs a sequence')), 'test:message', message);
end
for name = {'global_average', 'global_max', 'index_first', 'index_last', 'convolution', 'average_pooling'}
    network = bridge.read_network(testing.fixtures('networks', [name{1} '.mat']));
    testing.refusal('bridge:forward:layer', @() bridge.forward(network, zeros(0, 3)));
end

%% more steps than there are positions
network = bridge.read_network(testing.fixtures('networks', 'product.mat'));
testing.refusal('bridge:forward:layer', @() bridge.forward(network, zeros(12, 3)));

%% heads and groups that do not share evenly
network = bridge.read_network(testing.fixtures('networks', 'attention.mat'));
network.Layers{2}.NumHeads = 3;
testing.refusal('bridge:forward:layer', @() bridge.forward(network, zeros(9, 3)));
network = bridge.read_network(testing.fixtures('networks', 'group_normalization.mat'));
network.Layers{3}.NumGroups = 3;
testing.refusal('bridge:forward:layer', @() bridge.forward(network, zeros(9, 3)));

%% what comes later does not matter to a causal layer
for name = {'attention_causal', 'convolution_causal'}
    content = load(testing.fixtures('networks', [name{1} '.mat']));
    path = testing.fixtures('networks', [name{1} '.mat']);
    y = bridge.forward(path, content.u(1:5, :), 'Precision', 'double');
    testing.agree(y, content.y(1:5, :), 1e-13, name{1});
end

%% what is no number stays none
x = [1, 2; NaN, 4; 3, -1];
pooling = struct('Name', 'pooling', 'PoolSize', 2, 'Stride', 1, 'Padding', [0, 0]);
assert(isequaln(bridge.layers.maxPooling1dLayer(pooling, x), [NaN, 4; NaN, 4]));
assert(isequaln(bridge.layers.globalMaxPooling1dLayer(pooling, x), [NaN, 4]));
