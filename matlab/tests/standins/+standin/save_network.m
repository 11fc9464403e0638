function save_network(net, path)
    % SAVE_NETWORK  Write a stand-in network in the form that the bridge reads.
    %
    %   standin.save_network(net, path): see bridge.read_network.

    found = standin.as_network(net);
    content.network = struct('format', 'bridge network', 'version', 1);
    content.network.layers = found.Layers;
    content.network.connections = found.Connections;
    save(path, '-struct', 'content', '-v7');
end
