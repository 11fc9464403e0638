function [y, time] = run_lstm_sim(model, workspace)
    % RUN_LSTM_SIM  What Simulink computes for a diagram and its workspace.
    %
    %   [y, time] = run_lstm_sim(model, workspace) simulates the diagram, a path such
    %   as models/lstm_sim.mdl, with the variables of the .mat file workspace, and
    %   returns what its To Workspace block y has recorded: y, T x outputs, at time,
    %   T x 1 seconds. The diagram is loaded, not changed, and closed afterwards; the
    %   base workspace stays as it is.
    %
    %   Needs Simulink; for lstm_sim.mdl also Deep Learning Toolbox, whose library
    %   'neural' holds the blocks tansig and logsig.

    validateattributes(model, {'char'}, {'row'}, 'run_lstm_sim', 'model');
    validateattributes(workspace, {'char'}, {'row'}, 'run_lstm_sim', 'workspace');
    variables = load(workspace);
    [~, name] = fileparts(model);
    load_system(model);
    unload = onCleanup(@() close_system(name, 0));
    input = Simulink.SimulationInput(name);
    names = fieldnames(variables);
    for k = 1:numel(names)
        input = setVariable(input, names{k}, variables.(names{k}));
    end
    output = sim(input);
    recorded = output.y;
    time = recorded.Time(:);
    y = recorded.Data;
    if ndims(y) == 3
        % Of a signal that is a matrix, time is the last dimension.
        y = permute(y, [3, 1, 2]);
    end
    y = reshape(y, numel(time), []);
end
