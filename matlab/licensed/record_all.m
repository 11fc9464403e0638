function files = record_all(folder)
    % RECORD_ALL  Record the example case with all that is installed.
    %
    %   files = record_all(folder) writes into the folder, which
    %   `python matlab/make_fixtures.py` has made:
    %     recorded_portable.mat   bridge.forward, no toolbox needed
    %     recorded_matlab.mat     predict of the dlnetwork: class 'matlab'
    %     recorded_simulink.mat   sim of lstm_sim.mdl: class 'simulink'
    %   each with release, platform and date. `slbridge check FOLDER` then compares
    %   them with the diagram and the network as computed in Python.
    %
    %   Needs MATLAB, and what example_recordings needs; says what it leaves out.

    validateattributes(folder, {'char'}, {'row'}, 'record_all', 'folder');
    if exist('OCTAVE_VERSION', 'builtin')
        error('bridge:record_all:matlab', 'this records what MATLAB computes; bridge.record_example runs under Octave');
    end
    files = {bridge.record_example(folder)};
    found = example_recordings(folder);
    for k = 1:numel(found)
        files{end + 1, 1} = fullfile(folder, found(k).file); %#ok<AGROW>
        bridge.write_recording(files{end}, found(k).signals, found(k).about);
    end
    fprintf('%s\n', files{:});
end
