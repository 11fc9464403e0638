% Networks are read as Python wrote them, and refused with the place and the cause.
with = @(field, value) @() testing.read_changed(@(network) setfield(network, field, value));
with_layer = @(varargin) @() testing.read_changed_layer(varargin{:});

%% an LSTM network
network = bridge.read_network(testing.fixtures('networks', 'lstm.mat'));
assert(isequal(cellfun(@(layer) layer.Type, network.Layers, 'UniformOutput', false), ...
               {'sequenceInputLayer'; 'lstmLayer'; 'fullyConnectedLayer'}));
assert(isequal(size(network.Layers{2}.InputWeights), [20, 3]) && isa(network.Layers{2}.Bias, 'double'));
assert(isequal(network.Connections, {'sequenceinput', 'lstm'; 'lstm', 'fc'}));
assert(isequal(network.Order, 1:3) && network.Inputs == 1 && network.Outputs == 3);

%% single stays single
network = bridge.read_network(testing.fixtures('networks', 'lstm_in_single.mat'));
assert(isa(network.Layers{2}.InputWeights, 'single'));

%% a graph
network = bridge.read_network(testing.fixtures('networks', 'two_ways.mat'), 'network');
assert(isequal(network.Sources, {zeros(1, 0); 1; 1; [2, 3]; [4, 1]; 5}));
assert(isequal(network.Order, 1:6));

%% two ends
network = bridge.read_network(testing.fixtures('networks', 'two_ends.mat'));
assert(isequal(network.Inputs, [1, 2]) && isequal(network.Outputs, [5, 6]));

%% no such file
testing.refusal('bridge:read_network:file', @() bridge.read_network('nowhere.mat'));

%% no network in the file, or none of that name
testing.refusal('bridge:read_network:variable', @() bridge.read_network(testing.fixtures('version.mat')));
path = testing.fixtures('networks', 'lstm.mat');
testing.refusal('bridge:read_network:variable', @() bridge.read_network(path, 'y'));

%% another version
testing.refusal('bridge:read_network:version', with('version', 2));

%% an unknown type is refused by its name
message = testing.refusal('bridge:read_network:layer', with_layer('Type', 'quantumLayer'));
assert(~isempty(strfind(message, 'layer 2 ''lstm'' has the unknown type ''quantumLayer''')), 'test:message', message);

%% an unknown field
message = testing.refusal('bridge:read_network:layer', with_layer('Peepholes', 1));
assert(~isempty(strfind(message, 'has the unknown field Peepholes')), 'test:message', message);

%% a word that is none of the choices
testing.refusal('bridge:read_network:layer', with_layer('GateActivationFunction', 'tanh'));

%% an array of another size
message = testing.refusal('bridge:read_network:layer', with_layer('InputWeights', zeros(20, 4)));
assert(~isempty(strfind(message, 'InputWeights must be 20 x 3, not 20 x 4')), 'test:message', message);

%% an array of another class
testing.refusal('bridge:read_network:layer', with_layer('Bias', int8(zeros(20, 1))));

%% something that must be there is not
message = testing.refusal('bridge:read_network:layer', with_layer('OutputMode'));
assert(~isempty(strfind(message, 'has no OutputMode')), 'test:message', message);

%% a size that is none
testing.refusal('bridge:read_network:layer', with_layer('NumHiddenUnits', 2.5));

%% a connection to nowhere
message = testing.refusal('bridge:read_network:connections', with('connections', {'sequenceinput', 'gru'}));
assert(~isempty(strfind(message, '''gru'' is no layer')), 'test:message', message);

%% a port that is not there
testing.refusal('bridge:read_network:connections', with('connections', {'sequenceinput', 'lstm/hidden'; 'lstm', 'fc'}));

%% an input left open, and one connected twice
testing.refusal('bridge:read_network:connections', with('connections', {'sequenceinput', 'lstm'}));
twice = {'sequenceinput', 'lstm'; 'lstm', 'fc'; 'sequenceinput', 'fc'};
testing.refusal('bridge:read_network:connections', with('connections', twice));

%% a circle
testing.refusal('bridge:read_network:connections', with('connections', {'fc', 'lstm'; 'lstm', 'fc'}));

%% options and arrays of a convolution
content = load(testing.fixtures('networks', 'convolution.mat'));
layer = content.network.layers{2};
checked = @(varargin) @() bridge.schema.check_layer(setfield(layer, varargin{:}), 'here');
bridge.schema.check_layer(layer, 'here');
message = testing.refusal('bridge:read_network:layer', checked('Padding', 'full'));
assert(~isempty(strfind(message, 'Padding must be one of same, causal, or 2 whole numbers of at least 0')), ...
       'test:message', message);
testing.refusal('bridge:read_network:layer', checked('Padding', [1, -1]));
message = testing.refusal('bridge:read_network:layer', checked('Weights', zeros(3, 4, 4)));
assert(~isempty(strfind(message, 'Weights must be 3 x 3 x 4, not 3 x 4 x 4')), 'test:message', message);
testing.refusal('bridge:read_network:layer', checked('Weights', zeros(3, 3, 4, 2)));

%% a number that is none
content = load(testing.fixtures('networks', 'more_activations.mat'));
layer = content.network.layers{3};
assert(strcmp(layer.Type, 'eluLayer'));
testing.refusal('bridge:read_network:layer', @() bridge.schema.check_layer(setfield(layer, 'Alpha', [1, 2]), 'here'));
testing.refusal('bridge:read_network:layer', @() bridge.schema.check_layer(rmfield(layer, 'Alpha'), 'here'));
