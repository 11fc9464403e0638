function output = sim(input)
    % SIM  Stand-in for Simulink's function, which simulates nothing: bridge.forward computes the LSTM.
    %
    %   The output is laid out as Simulink logs a signal that is a matrix: time last.

    assert(strcmp(input.Name, 'lstm_sim'));
    w = input.Variables;
    lstm = struct('Type', 'lstmLayer', 'Name', 'lstm', 'NumHiddenUnits', w.Nn, 'OutputMode', 'sequence', ...
                  'StateActivationFunction', 'tanh', 'GateActivationFunction', 'sigmoid', 'InputWeights', w.W, ...
                  'RecurrentWeights', w.R, 'Bias', w.b, 'HiddenState', w.h0, 'CellState', w.c0);
    outputs = size(w.F, 1);
    fc = struct('Type', 'fullyConnectedLayer', 'Name', 'fc', 'OutputSize', outputs, 'Weights', w.F, ...
                'Bias', zeros(outputs, 1));
    enter = struct('Type', 'sequenceInputLayer', 'Name', 'in', 'InputSize', size(w.u, 2), 'Normalization', 'none');
    network = struct('Layers', {{enter; lstm; fc}}, 'Connections', {{'in', 'lstm'; 'lstm', 'fc'}});
    y = bridge.forward(bridge.schema.joined(network, 'sim'), w.u, 'Precision', 'double');
    output.y = struct('Time', w.t, 'Data', permute(y, [2, 3, 1]));
end
