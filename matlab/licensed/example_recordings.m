function found = example_recordings(folder)
    % EXAMPLE_RECORDINGS  What MathWorks' products compute for the example case.
    %
    %   found = example_recordings(folder) takes network.mat, workspace.mat and
    %   lstm_sim.mdl of the folder, as `python matlab/make_fixtures.py` writes them,
    %   and returns a structure column, one element for each product that is there:
    %     file      name of the recording: recorded_matlab.mat, recorded_simulink.mat
    %     signals   time and y, for bridge.write_recording
    %     about     evidence, model, engine, precision
    %
    %   Needs Deep Learning Toolbox for the one, and Simulink besides for the other.

    found = struct('file', {}, 'signals', {}, 'about', {});
    workspace = fullfile(folder, 'workspace.mat');
    if ~has_product('Deep Learning Toolbox')
        warning('bridge:record_all:product', 'Deep Learning Toolbox is not installed: nothing is recorded');
        return
    end
    given = load(workspace, 't', 'u');
    one.file = 'recorded_matlab.mat';
    one.signals.time = given.t;
    one.signals.y = predict_network(build_network(fullfile(folder, 'network.mat')), given.u);
    one.about = struct('evidence', 'matlab', 'model', 'network.mat', 'engine', 'dlnetwork', 'precision', 'single');
    found(end + 1, 1) = one;

    if ~has_product('Simulink')
        warning('bridge:record_all:product', 'Simulink is not installed: the diagram is not recorded');
        return
    end
    one.file = 'recorded_simulink.mat';
    [one.signals.y, one.signals.time] = run_lstm_sim(fullfile(folder, 'lstm_sim.mdl'), workspace);
    one.about = struct('evidence', 'simulink', 'model', 'lstm_sim.mdl', 'engine', 'sim', 'precision', 'double');
    found(end + 1, 1) = one;
end
