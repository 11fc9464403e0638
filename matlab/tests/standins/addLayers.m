function graph = addLayers(graph, layers)
    % ADDLAYERS  Stand-in for the toolbox's function: layers that are added together are connected.

    names = {layers.Name};
    for k = 1:numel(names)
        if any(strcmp(names{k}, {graph.Layers.Name}))
            error('standin:graph', 'there are two layers ''%s''', names{k});
        end
        graph.Layers(end + 1, 1) = layers(k);
        if k > 1
            graph.Connections(end + 1, :) = names(k - 1:k);
        end
    end
end
