% What MathWorks' products compute against the data that Python wrote. Sections whose product is missing pass empty.
learning = has_product('Deep Learning Toolbox');
simulating = learning && has_product('Simulink');
% A dlnetwork for observations without time is not what predict_network is for.
files = dir(fullfile(testing.fixtures('networks'), '*.mat'));
files = files(~strncmp('features', {files.name}, 8));

%% every network is built with its weights, and predicts what Python does
for k = 1:numel(files) * learning
    path = testing.fixtures('networks', files(k).name);
    content = load(path);
    [y, state] = predict_network(build_network(path), content.u);
    y = testing.as_cell(y);
    wanted = testing.as_cell(content.y_single);
    for m = 1:numel(wanted)
        testing.agree(y{m}, wanted{m}, 2e-6, files(k).name);
        assert(isa(y{m}, 'single'));
    end
    for m = 1:size(content.state, 1)
        row = strcmp(content.state{m, 1}, {state.Layer}) & strcmp(content.state{m, 2}, {state.Parameter});
        testing.agree(state(row).Value, single(content.state{m, 3}), 2e-6, files(k).name);
    end
end

%% Python's scripts build networks that predict the same
scripts = dir(fullfile(testing.fixtures('scripts'), '*.m'));
scripts = scripts(~strncmp('features', {scripts.name}, 8));
for k = 1:numel(scripts) * learning
    [~, name] = fileparts(scripts(k).name);
    path = testing.fixtures('scripts', scripts(k).name);
    net = testing.built_by(path);
    % With output layers it is a network of the older kind, whose predict takes other arrays.
    if ~isempty(strfind(fileread(path), 'net = dlnetwork('))
        content = load(testing.fixtures('networks', [name '.mat']));
        y = testing.as_cell(predict_network(net, content.u));
        wanted = testing.as_cell(content.y_single);
        for m = 1:numel(wanted)
            testing.agree(y{m}, wanted{m}, 2e-6, name);
        end
    end
end

%% the diagram gives what the forward pass in double precision gives
if simulating
    folder = testing.fixtures('example');
    content = load(fullfile(folder, 'workspace.mat'));
    [y, time] = run_lstm_sim(fullfile(folder, 'lstm_sim.mdl'), fullfile(folder, 'workspace.mat'));
    wanted = bridge.forward(fullfile(folder, 'network.mat'), content.u, 'Precision', 'double');
    testing.agree(time, content.t, 1e-12, 'time');
    testing.agree(y, wanted, 1e-12, 'y');
end

%% what is recorded says who computed it
found = example_recordings(testing.fixtures('example'));
assert(numel(found) == learning + simulating);
for k = 1:numel(found)
    assert(any(strcmp(found(k).about.evidence, {'matlab', 'simulink'})));
    assert(isequal(size(found(k).signals.y), [51, 2]) && numel(found(k).signals.time) == 51);
end

%% nothing is recorded as MATLAB's elsewhere
if exist('OCTAVE_VERSION', 'builtin')
    testing.refusal('bridge:record_all:matlab', @() record_all(testing.fixtures('example')));
end
