function graph = connectLayers(graph, source, destination)
    % CONNECTLAYERS  Stand-in for the toolbox's function.

    for ends = {source, destination}
        name = ends{1};
        if ~any(strcmp(name, {graph.Layers.Name}))
            name = name(1:find(name == '/', 1, 'last') - 1);
        end
        if ~any(strcmp(name, {graph.Layers.Name}))
            error('standin:graph', '''%s'' is no layer', ends{1});
        end
    end
    graph.Connections(end + 1, :) = {source, destination};
end
