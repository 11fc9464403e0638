% The stand-ins refuse what the toolbox refuses: they could not tell right from wrong otherwise.

%% an argument that there is not
testing.refusal('standin:layer', @() lstmLayer(3, 'Peepholes', 1));
testing.refusal('standin:layer', @() tanhLayer('Scale', 1));

%% an argument without its value, or given twice
testing.refusal('standin:layer', @() lstmLayer(3, 'Bias'));
testing.refusal('standin:layer', @() fullyConnectedLayer(2, 'Bias', [1; 2], 'Bias', [1; 2]));

%% sizes
testing.refusal('standin:size', @() lstmLayer(3, 'InputWeights', zeros(11, 4)));
testing.refusal('standin:size', @() lstmLayer(3, 'Bias', zeros(1, 12)));
testing.refusal('standin:size', @() gruLayer(3, 'Bias', zeros(18, 1)));
testing.refusal('standin:size', @() bilstmLayer(3, 'HiddenState', zeros(3, 1)));
testing.refusal('standin:size', @() fullyConnectedLayer(2, 'Weights', zeros(3, 4)));
testing.refusal('standin:size', @() sequenceInputLayer(3, 'Mean', zeros(1, 3)));
testing.refusal('standin:size', @() convolution1dLayer(3, 2, 'Weights', zeros(3, 4)));
testing.refusal('standin:size', @() convolution1dLayer(3, 2, 'Bias', zeros(2, 1)));
testing.refusal('standin:size', @() selfAttentionLayer(2, 4, 'ValueWeights', zeros(6, 3)));

%% words
testing.refusal('standin:layer', @() indexing1dLayer('middle'));
testing.refusal('standin:choice', @() selfAttentionLayer(2, 4, 'AttentionMask', 'padding'));
testing.refusal('standin:choice', @() lstmLayer(3, 'GateActivationFunction', 'tanh'));

%% layers that do not belong together
first = sequenceInputLayer(3, 'Name', 'in');
testing.refusal('standin:network', @() dlnetwork([first; regressionLayer('Name', 'end')]));
testing.refusal('standin:network', @() assembleNetwork([first; tanhLayer('Name', 'tanh')]));
testing.refusal('standin:graph', @() dlnetwork([first; first]));
testing.refusal('standin:graph', @() connectLayers(addLayers(layerGraph(), first), 'in', 'out'));
graph = addLayers(addLayers(layerGraph(), first), additionLayer(2, 'Name', 'sum'));
testing.refusal('bridge:read_network:connections', @() dlnetwork(connectLayers(graph, 'in', 'sum/in1')));

%% learnables come in single
net = build_network(testing.fixtures('networks', 'lstm.mat'));
assert(numel(net.Learnables.Value) == 5 && isa(extractdata(net.Learnables.Value{1}), 'single'));

%% a toolbox that changes one bit of a weight is noticed
folder = tempname();
mkdir(folder);
file = fopen(fullfile(folder, 'dlnetwork.m'), 'w');
fprintf(file, 'function net = dlnetwork(layers)\n');
fprintf(file, '    net = standin.network(layers, false);\n');
fprintf(file, '    net.Learnables.Value{2}.Values(3) = net.Learnables.Value{2}.Values(3) * (1 + eps(''single''));\n');
fprintf(file, 'end\n');
fclose(file);
addpath(folder);
path = testing.fixtures('networks', 'lstm.mat');
message = testing.refusal('bridge:build_network:value', @() build_network(path));
rmpath(folder);
delete(fullfile(folder, 'dlnetwork.m'));
rmdir(folder);
assert(~isempty(strfind(message, 'layer ''lstm'': the toolbox did not keep RecurrentWeights')), 'test:kept', message);
