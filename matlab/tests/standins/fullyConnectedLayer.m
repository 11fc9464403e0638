function made = fullyConnectedLayer(varargin)
    % FULLYCONNECTEDLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('fullyConnectedLayer', varargin, {'OutputSize'}, standin.factors('Weights', 'Bias'));
    outputs = made.Properties.OutputSize;
    standin.sized(made, 'Weights', [outputs, NaN], 'Bias', [outputs, 1]);
end
