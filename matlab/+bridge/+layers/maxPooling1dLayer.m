function y = maxPooling1dLayer(layer, x)
    % MAXPOOLING1DLAYER  The largest of PoolSize neighbouring steps, channel by channel.
    %
    %   y = bridge.layers.maxPooling1dLayer(layer, x), x T x C, y positions x C. What
    %   Padding adds is never the largest; NaN stays.

    [x, rows] = bridge.layers.windows(layer, x, layer.PoolSize, 1, -Inf);
    y = x(rows(:, 1), :);
    for k = 2:layer.PoolSize
        seen = x(rows(:, k), :);
        larger = seen > y | isnan(seen);
        y(larger) = seen(larger);
    end
end
