function y = positionEmbeddingLayer(layer, x)
    % POSITIONEMBEDDINGLAYER  A learned vector for each position.
    %
    %   y = bridge.layers.positionEmbeddingLayer(layer, x) is T x OutputSize: column t
    %   of Weights at step t, whatever x says.

    steps = size(x, 1);
    if steps > layer.MaxPosition
        error('bridge:forward:layer', 'layer ''%s'' knows %d positions, but is given %d steps', ...
              layer.Name, layer.MaxPosition, steps);
    end
    y = layer.Weights(:, 1:steps).';
end
