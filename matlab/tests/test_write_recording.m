% What a recording's file holds, and that it tells the truth about who computed it.
path = [tempname() '.mat'];
signals = struct('time', 0:0.5:1, 'y', [1, 2; 3, 4; 5, 6], 'z', single([1; 2; 3]));
octave = exist('OCTAVE_VERSION', 'builtin') > 0;

%% signals beside time
bridge.write_recording(path, signals, struct('model', 'lstm', 'samples', 3));
found = load(path);
assert(isequal(found.time, [0; 0.5; 1]) && isequal(found.y, signals.y) && isequal(found.z, signals.z));
assert(isa(found.z, 'single'));
about = found.recording_about;
assert(strcmp(about.model, 'lstm') && strcmp(about.samples, '3'));
assert(all(isfield(about, {'evidence', 'release', 'platform', 'date'})));
delete(path);

%% the evidence is what runs this
bridge.write_recording(path, signals);
about = getfield(load(path), 'recording_about');
if octave
    assert(strcmp(about.evidence, 'octave') && strncmp(about.release, 'GNU Octave', 10));
else
    assert(strcmp(about.evidence, 'matlab') && about.release(1) == 'R');
end
delete(path);

%% Octave records nothing as MATLAB's, nor MATLAB as Octave's
if octave
    others = {'matlab', 'simulink', 'coder', 'bridge'};
else
    others = {'octave', 'bridge'};
end
for k = 1:numel(others)
    testing.refusal('bridge:write_recording:evidence', ...
                    @() bridge.write_recording(path, signals, struct('evidence', others{k})));
end
testing.refusal('bridge:write_recording:about', @() bridge.write_recording(path, signals, struct('release', 'R2023b')));
assert(~exist(path, 'file'));

%% weaker evidence can be said
bridge.write_recording(path, signals, struct('evidence', 'foreign'));
assert(strcmp(getfield(load(path), 'recording_about', 'evidence'), 'foreign'));
delete(path);

%% a file is replaced, and nothing is left beside it
[folder, name] = fileparts(path);
bridge.write_recording(path, signals);
signals.y = -signals.y;
bridge.write_recording(path, signals);
assert(isequal(getfield(load(path), 'y'), signals.y));
assert(numel(dir(fullfile(folder, [name '*']))) == 1);
delete(path);

%% signals that are none
write = @(signals) @() bridge.write_recording(path, signals);
testing.refusal('bridge:write_recording:time', write(rmfield(signals, 'time')));
testing.refusal('bridge:write_recording:time', write(setfield(signals, 'time', [0, 2, 1])));
testing.refusal('bridge:write_recording:time', write(setfield(signals, 'time', [0, NaN, 1])));
testing.refusal('bridge:write_recording:signals', write(struct('time', 0:2)));
message = testing.refusal('bridge:write_recording:signals', write(setfield(signals, 'y', [1, 2])));
assert(~isempty(strfind(message, 'signal y has 1 rows, but time has 3 samples')), 'test:message', message);
testing.refusal('bridge:write_recording:signals', write(setfield(signals, 'y', 'abc')));
testing.refusal('bridge:write_recording:path', @() bridge.write_recording('y.csv', signals));

%% the example's forward pass
folder = tempname();
mkdir(folder);
copyfile(testing.fixtures('example', 'network.mat'), folder);
copyfile(testing.fixtures('example', 'workspace.mat'), folder);
file = bridge.record_example(folder);
found = load(file);
assert(isequal(size(found.y), [51, 2]) && strcmp(found.recording_about.precision, 'double'));
% The first sample that MATLAB printed for this network, in format short.
assert(all(abs(found.y(1, :) - [0.5624, 1.3426]) < 5e-5));
assert(any(strcmp(found.recording_about.evidence, {'octave', 'foreign'})));
delete(fullfile(folder, '*.mat'));
rmdir(folder);
