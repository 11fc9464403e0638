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

%% words
testing.refusal('standin:choice', @() lstmLayer(3, 'GateActivationFunction', 'tanh'));

%% layers that do not belong together
first = sequenceInputLayer(3, 'Name', 'in');
testing.refusal('standin:network', @() dlnetwork([first; regressionLayer('Name', 'end')]));
testing.refusal('standin:network', @() assembleNetwork([first; tanhLayer('Name', 'tanh')]));
testing.refusal('standin:graph', @() dlnetwork([first; first]));
testing.refusal('standin:graph', @() connectLayers(addLayers(layerGraph(), first), 'in', 'out'));
graph = addLayers(addLayers(layerGraph(), first), additionLayer(2, 'Name', 'sum'));
testing.refusal('bridge:read_network:connections', @() dlnetwork(connectLayers(graph, 'in', 'sum/in1')));

%% a toolbox that changes a weight would be noticed
net = build_network(testing.fixtures('networks', 'lstm.mat'));
assert(numel(net.Learnables.Value) == 5 && isa(extractdata(net.Learnables.Value{1}), 'single'));
