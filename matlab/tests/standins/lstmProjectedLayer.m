function made = lstmProjectedLayer(varargin)
    % LSTMPROJECTEDLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    own = {'OutputMode', 'HasStateInputs', 'HasStateOutputs', 'StateActivationFunction', ...
           'GateActivationFunction', 'HiddenState', 'CellState'};
    learnables = standin.factors('InputWeights', 'RecurrentWeights', 'Bias', 'InputProjector', 'OutputProjector');
    sizes = {'NumHiddenUnits', 'OutputProjectorSize', 'InputProjectorSize'};
    made = standin.layer('lstmProjectedLayer', varargin, sizes, [own, learnables]);
    made = standin.filled(made, 'OutputMode', 'sequence', 'StateActivationFunction', 'tanh', ...
                          'GateActivationFunction', 'sigmoid');
    units = made.Properties.NumHiddenUnits;
    narrow = made.Properties.InputProjectorSize;
    narrow_state = made.Properties.OutputProjectorSize;
    standin.sized(made, 'InputWeights', [4 * units, narrow], 'RecurrentWeights', [4 * units, narrow_state], ...
                  'Bias', [4 * units, 1], 'InputProjector', [NaN, narrow], 'OutputProjector', [units, narrow_state], ...
                  'HiddenState', [units, 1], 'CellState', [units, 1]);
end
