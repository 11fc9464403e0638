function write_recording(path, signals, about)
    % WRITE_RECORDING  Signals over time as a .mat file that says what computed them.
    %
    %   bridge.write_recording(path, signals) writes the structure signals:
    %     time       T x 1 or 1 x T seconds, not decreasing
    %     any other  a signal, T x ..., numeric or logical
    %   as variables of a file of version 7, with a structure recording_about beside
    %   them: evidence, release, platform and date of what runs this function. The
    %   file is what `slbridge check` takes as a side 'recording', and replaces one
    %   of that name at once.
    %
    %   bridge.write_recording(path, signals, about) adds the fields of the structure
    %   about: texts or numbers such as model, engine or precision. Its field
    %   evidence, if there is one, says more exactly what computed the signals:
    %     under MATLAB   'matlab' (the usual), 'simulink', 'coder' or 'foreign'
    %     under Octave   'octave' (the usual) or 'foreign'
    %   so that nothing that Octave computed is ever taken for MATLAB's.

    validateattributes(path, {'char'}, {'row'}, 'bridge.write_recording', 'path');
    validateattributes(signals, {'struct'}, {'scalar'}, 'bridge.write_recording', 'signals');
    if nargin < 3
        about = struct();
    end
    validateattributes(about, {'struct'}, {'scalar'}, 'bridge.write_recording', 'about');
    [folder, name, ending] = fileparts(path);
    if ~strcmpi(ending, '.mat')
        error('bridge:write_recording:path', '%s: a recording is written as .mat', path);
    end

    variables = checked(signals);
    variables.recording_about = facts(about);

    % Beside the file, then over it: whoever reads the file finds the old one or the new one, never half of it.
    partial = fullfile(folder, [name '_partial.mat']);
    save(partial, '-struct', 'variables', '-v7');
    [moved, why] = movefile(partial, path, 'f');
    if ~moved
        delete(partial);
        error('bridge:write_recording:path', '%s: %s', path, why);
    end
end

function variables = checked(signals)
    if ~isfield(signals, 'time')
        error('bridge:write_recording:time', 'signals has no field time');
    end
    time = signals.time;
    if ~isfloat(time) || ~isreal(time) || ~isvector(time) || any(~isfinite(time)) || any(diff(time) < 0)
        error('bridge:write_recording:time', 'time must be a vector of seconds that does not decrease');
    end
    variables.time = double(time(:));
    names = setdiff(fieldnames(signals), {'time'});
    if isempty(names)
        error('bridge:write_recording:signals', 'there is no signal beside time');
    end
    for k = 1:numel(names)
        value = signals.(names{k});
        if strcmp(names{k}, 'recording_about')
            error('bridge:write_recording:signals', 'no signal can be called recording_about');
        elseif ~(isnumeric(value) || islogical(value))
            error('bridge:write_recording:signals', 'signal %s must be numeric, not %s', names{k}, class(value));
        elseif size(value, 1) ~= numel(time)
            error('bridge:write_recording:signals', 'signal %s has %d rows, but time has %d samples', ...
                  names{k}, size(value, 1), numel(time));
        end
        variables.(names{k}) = value;
    end
end

function found = facts(about)
    found = bridge.session.about();
    allowed = {found.evidence, 'foreign'};
    if strcmp(found.evidence, 'matlab')
        allowed = [allowed, {'simulink', 'coder'}];
    end
    names = fieldnames(about);
    for k = 1:numel(names)
        value = about.(names{k});
        if isnumeric(value) && isscalar(value)
            value = num2str(value);
        end
        if ~ischar(value)
            error('bridge:write_recording:about', 'about.%s must be text or a number', names{k});
        elseif strcmp(names{k}, 'evidence') && ~any(strcmp(value, allowed))
            error('bridge:write_recording:evidence', ...
                  'evidence ''%s'' cannot arise under %s; it can be %s', value, found.release, strjoin(allowed, ', '));
        elseif any(strcmp(names{k}, {'release', 'platform', 'date'}))
            error('bridge:write_recording:about', 'about.%s is found out, not given', names{k});
        end
        found.(names{k}) = value;
    end
end
