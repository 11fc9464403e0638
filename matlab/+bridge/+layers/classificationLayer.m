function y = classificationLayer(layer, x) %#ok<INUSL>
    % CLASSIFICATIONLAYER  Nothing: the end of a classification network; labels are not computed with.
    %
    %   y = bridge.layers.classificationLayer(layer, x) is x.

    y = x;
end
