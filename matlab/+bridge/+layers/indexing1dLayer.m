function y = indexing1dLayer(layer, x)
    % INDEXING1DLAYER  The first or the last step.
    %
    %   y = bridge.layers.indexing1dLayer(layer, x) takes T x C and gives 1 x C.

    x = bridge.layers.with_steps(layer, x);
    if strcmp(layer.Index, 'first')
        y = x(1, :);
    else
        y = x(end, :);
    end
end
