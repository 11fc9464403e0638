function y = averagePooling1dLayer(layer, x)
    % AVERAGEPOOLING1DLAYER  The mean of PoolSize neighbouring steps, channel by channel.
    %
    %   y = bridge.layers.averagePooling1dLayer(layer, x), x T x C, y positions x C.
    %   The zeros that Padding adds count.

    [x, rows] = bridge.layers.windows(layer, x, layer.PoolSize, 1, 0);
    y = x(rows(:, 1), :);
    for k = 2:layer.PoolSize
        y = y + x(rows(:, k), :);
    end
    y = y / layer.PoolSize;
end
