function y = featureInputLayer(layer, x)
    % FEATUREINPUTLAYER  Normalize observations, a row each.
    %
    %   y = bridge.layers.featureInputLayer(layer, x): as
    %   bridge.layers.sequenceInputLayer.

    y = bridge.layers.sequenceInputLayer(layer, x);
end
