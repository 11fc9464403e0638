function graph = layerGraph()
    % LAYERGRAPH  Stand-in for the toolbox's function: an empty graph.

    graph = struct('Layers', {struct('Type', {}, 'Name', {}, 'Properties', {})}, 'Connections', {cell(0, 2)});
end
