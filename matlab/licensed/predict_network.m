function [y, state] = predict_network(net, u)
    % PREDICT_NETWORK  What a dlnetwork predicts for one sequence.
    %
    %   y = predict_network(net, u) calls the toolbox's predict with u, T x C: a row
    %   for each time step; a cell array of sequences where there are several input
    %   layers. y is single, T x outputs, or 1 x outputs where the network hands on
    %   the last step only; a cell array where there are several output layers. The
    %   network starts from the states that it holds.
    %
    %   [y, state] = predict_network(net, u) also returns the final states, in the
    %   form of bridge.initial_state.
    %
    %   Needs Deep Learning Toolbox.

    if ~iscell(u)
        u = {u};
    end
    for k = 1:numel(u)
        validateattributes(u{k}, {'numeric'}, {'2d', 'real'}, 'predict_network', 'u');
        % Channels, one observation, time: the layout that every release takes.
        u{k} = dlarray(reshape(single(u{k}.'), size(u{k}, 2), 1, []), 'CBT');
    end
    results = cell(1, numel(net.OutputNames) + 1);
    [results{:}] = predict(net, u{:});
    y = cellfun(@rows_of, results(1:end - 1), 'UniformOutput', false);
    if isscalar(y)
        y = y{1};
    end
    state = listed(results{end});
end

function rows = rows_of(found)
    labels = dims(found);
    values = extractdata(found);
    switch labels
        case 'CBT'
            rows = permute(values, [3, 1, 2]);
        case {'CB', 'CT'}
            rows = values.';
        otherwise
            error('bridge:predict_network:layout', 'the network returns the layout ''%s''', labels);
    end
end

function state = listed(rows)
    state = struct('Layer', {}, 'Parameter', {}, 'Value', {});
    for k = 1:numel(rows.Value)
        one.Layer = char(rows.Layer(k));
        one.Parameter = char(rows.Parameter(k));
        one.Value = extractdata(rows.Value{k});
        state(end + 1, 1) = one; %#ok<AGROW>
    end
end
