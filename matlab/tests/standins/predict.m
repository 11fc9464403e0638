function varargout = predict(net, varargin)
    % PREDICT  Stand-in for the toolbox's function, which computes nothing of its own: bridge.forward does.

    network = bridge.schema.joined(standin.as_network(net), 'net');
    u = cell(size(varargin));
    for k = 1:numel(varargin)
        assert(strcmp(varargin{k}.Labels, 'CBT') && isa(varargin{k}.Values, 'single'));
        u{k} = permute(varargin{k}.Values, [3, 1, 2]);
    end
    [y, state] = bridge.forward(network, u, 'State', 'saved');
    if ~iscell(y)
        y = {y};
    end
    varargout = cell(1, numel(y) + 1);
    for k = 1:numel(y)
        if size(y{k}, 1) ~= 1 || size(u{1}, 1) == 1
            varargout{k} = dlarray(permute(y{k}, [2, 3, 1]), 'CBT');
        else
            varargout{k} = dlarray(y{k}.', 'CB');
        end
    end
    varargout{end} = net.State;
    for k = 1:numel(state)
        row = strcmp(state(k).Layer, net.State.Layer) & strcmp(state(k).Parameter, net.State.Parameter);
        varargout{end}.Value{row} = dlarray(state(k).Value);
    end
end
