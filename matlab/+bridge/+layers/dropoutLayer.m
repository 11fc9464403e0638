function y = dropoutLayer(layer, x) %#ok<INUSL>
    % DROPOUTLAYER  Nothing, when a trained network predicts.
    %
    %   y = bridge.layers.dropoutLayer(layer, x) is x.

    y = x;
end
