function made = recurrent(type, given, gates, directions, states)
    % RECURRENT  A stand-in for a recurrent layer that is not projected.
    %
    %   made = standin.recurrent(type, given, gates, directions, states): its arrays
    %   have gates blocks of rows in each direction, its states the given names.

    own = {'OutputMode', 'HasStateInputs', 'HasStateOutputs', 'StateActivationFunction', 'GateActivationFunction'};
    if strcmp(type, 'gruLayer')
        own{end + 1} = 'ResetGateMode';
    end
    learnables = standin.factors('InputWeights', 'RecurrentWeights', 'Bias');
    made = standin.layer(type, given, {'NumHiddenUnits'}, [own, learnables, states]);
    made = standin.filled(made, 'OutputMode', 'sequence', 'StateActivationFunction', 'tanh', ...
                          'GateActivationFunction', 'sigmoid');
    if strcmp(type, 'gruLayer')
        made = standin.filled(made, 'ResetGateMode', 'after-multiplication');
    end
    units = made.Properties.NumHiddenUnits;
    rows = gates * directions * units;
    bias = rows;
    mode = 'recurrent-bias-after-multiplication';
    if isfield(made.Properties, 'ResetGateMode') && strcmp(made.Properties.ResetGateMode, mode)
        bias = 2 * rows;
    end
    standin.sized(made, 'InputWeights', [rows, NaN], 'RecurrentWeights', [rows, units], 'Bias', [bias, 1], ...
                  'HiddenState', [directions * units, 1], 'CellState', [directions * units, 1]);
    standin.chosen(made, 'OutputMode', {'sequence', 'last'}, ...
                   'StateActivationFunction', {'tanh', 'softsign', 'relu'}, ...
                   'GateActivationFunction', {'sigmoid', 'hard-sigmoid'}, ...
                   'ResetGateMode', {'after-multiplication', 'before-multiplication', mode});
end
