function file = record_example(folder)
    % RECORD_EXAMPLE  Record the forward pass of the example case in double precision.
    %
    %   file = bridge.record_example(folder) reads network.mat and the variables t
    %   and u of workspace.mat in the folder, as `python matlab/make_fixtures.py`
    %   writes them, computes the network's output with bridge.forward and writes it
    %   as recorded_portable.mat, signal y. No toolbox is needed.

    validateattributes(folder, {'char'}, {'row'}, 'bridge.record_example', 'folder');
    workspace = load(fullfile(folder, 'workspace.mat'), 't', 'u');
    network = bridge.read_network(fullfile(folder, 'network.mat'));
    signals.time = workspace.t;
    signals.y = bridge.forward(network, workspace.u, 'Precision', 'double');
    about = struct('model', 'network.mat', 'engine', 'bridge.forward', 'precision', 'double');
    if ~exist('OCTAVE_VERSION', 'builtin')
        % MATLAB ran it, but the formulas are ours: it says nothing of what MATLAB's own layers compute.
        about.evidence = 'foreign';
    end
    file = fullfile(folder, 'recorded_portable.mat');
    bridge.write_recording(file, signals, about);
end
