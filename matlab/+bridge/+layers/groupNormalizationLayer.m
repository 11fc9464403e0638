function y = groupNormalizationLayer(layer, x)
    % GROUPNORMALIZATIONLAYER  (x - mean) / sqrt(variance + Epsilon), scaled and shifted.
    %
    %   y = bridge.layers.groupNormalizationLayer(layer, x) takes mean and biased
    %   variance over the steps of neighbouring channels together. NumGroups is the
    %   number of groups, 'all-channels' (one) or 'channel-wise' (one a channel).

    channels = size(x, 2);
    groups = layer.NumGroups;
    if strcmp(groups, 'all-channels')
        groups = 1;
    elseif strcmp(groups, 'channel-wise')
        groups = channels;
    end
    if mod(channels, groups)
        error('bridge:forward:layer', 'layer ''%s'' makes %d groups, but is given %d channels', ...
              layer.Name, groups, channels);
    end
    % Columns of x lie one after another: each column here is a group.
    together = reshape(x, [], groups);
    y = reshape(bridge.layers.normalized(layer, together, 1), size(x)) .* layer.Scale.' + layer.Offset.';
end
